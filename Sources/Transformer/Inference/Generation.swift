import Kernels
import Recipe

/// Answers to many prompts, decoded together: when sequences have ended, the next prompts take their slots.
public enum Generation {
  /// Decodes every prompt until a stop token, `maxNewTokens`, or the model's last position.
  ///
  /// A sequence's tokens depend on its prompt, its index, the sampler and `slots`, not on which other prompts there are or
  /// in what order they finish; and not on the team's threads. What prompts have in common at their beginning is computed once, or
  /// once for those that start together. Long prompts start first, so that short ones are left to fill the slots at the end.
  ///
  /// - Parameters:
  ///   - prompts: those with images are for a base that sees.
  ///   - stop: tokens that end a sequence; they are not part of the result.
  ///   - slots: sequences decoded at once.
  ///   - arithmetic: of the products, and of attention inside prompts.
  ///   - streams: with few slots weights are streamed; false for matrix products in any case: then tokens do not depend on `slots`.
  ///   - isFinished: told of each new token of a sequence, with all of the sequence's; true ends that sequence. Called on any thread,
  ///     one call at a time; what it answers must depend on its arguments alone.
  ///   - shouldStop: asked every few tokens, on the caller's thread; true ends generation early.
  ///   - onFinished: told of each finished sequence, in the order in which they finish, on the caller's thread.
  ///   - onNotFinite: told of each sequence whose logits are not all finite, before `onFinished` is: it ends there, and the others go on.
  /// - Returns: new tokens for each prompt, in the prompts' order; after an early end, those of unfinished sequences so far.
  public static func generate(
    base: BaseModel, adapter: LoRAAdapter?, prompts: [Prompt], maxNewTokens: Int, stop: Set<Int32>,
    sampler: Sampler = .greedy, slots: Int, arithmetic: ProductArithmetic = .float32, streams: Bool = true,
    team: WorkerTeam,
    isFinished: (@Sendable (_ index: Int, _ tokens: [Int32]) -> Bool)? = nil, shouldStop: () -> Bool = { false },
    onFinished: (_ index: Int, _ tokens: [Int32]) -> Void = { _, _ in }, onNotFinite: (_ index: Int) -> Void = { _ in }
  ) throws(DecoderError) -> [[Int32]] {
    try generate(
      base: base, adapter: adapter, adapters: nil, prompts: prompts.map { AdaptedPrompt($0) },
      maxNewTokens: maxNewTokens, stop: stop, sampler: sampler, slots: slots, arithmetic: arithmetic, streams: streams,
      team: team, isFinished: isFinished, shouldStop: shouldStop, onFinished: onFinished, onNotFinite: onNotFinite)
  }

  /// The same where each prompt has an adapter of its own, or none: sequences with different ones are decoded together. Each one's tokens
  /// are those that it has alone with its adapter alone.
  package static func generate(
    base: BaseModel, adapters: [LoRAAdapter], prompts: [AdaptedPrompt], maxNewTokens: Int, stop: Set<Int32>,
    sampler: Sampler = .greedy, slots: Int, arithmetic: ProductArithmetic = .float32, team: WorkerTeam,
    isFinished: (@Sendable (_ index: Int, _ tokens: [Int32]) -> Bool)? = nil, shouldStop: () -> Bool = { false },
    onFinished: (_ index: Int, _ tokens: [Int32]) -> Void = { _, _ in }, onNotFinite: (_ index: Int) -> Void = { _ in }
  ) throws(DecoderError) -> [[Int32]] {
    // What all of them have is multiplied beside the weights.
    let first = prompts.first?.adapter
    let isOne = prompts.allSatisfy { $0.adapter == first } && first.map(adapters.indices.contains) ?? true
    return try generate(
      base: base, adapter: isOne ? first.map { adapters[$0] } : nil, adapters: isOne ? nil : adapters,
      prompts: isOne ? prompts.map { AdaptedPrompt($0.prompt, stream: $0.stream) } : prompts,
      maxNewTokens: maxNewTokens, stop: stop,
      sampler: sampler, slots: slots, arithmetic: arithmetic, streams: true, team: team, isFinished: isFinished,
      shouldStop: shouldStop, onFinished: onFinished, onNotFinite: onNotFinite)
  }

  private static func generate(
    base: BaseModel, adapter: LoRAAdapter?, adapters: [LoRAAdapter]?, prompts: [AdaptedPrompt], maxNewTokens: Int,
    stop: Set<Int32>, sampler: Sampler, slots: Int, arithmetic: ProductArithmetic, streams: Bool, team: WorkerTeam,
    isFinished: (@Sendable (_ index: Int, _ tokens: [Int32]) -> Bool)?, shouldStop: () -> Bool,
    onFinished: (_ index: Int, _ tokens: [Int32]) -> Void, onNotFinite: (_ index: Int) -> Void
  ) throws(DecoderError) -> [[Int32]] {
    guard !prompts.isEmpty else { return [] }
    let configuration = base.configuration
    let longest = prompts.map(\.tokens.count).max() ?? 0
    guard longest <= configuration.maxPositions else {
      let index = prompts.firstIndex { $0.tokens.count == longest } ?? 0
      throw .tooLong(index: index, length: longest, limit: configuration.maxPositions)
    }
    // The last new token is returned and never fed back, so it needs no position.
    let maxLength = min(configuration.maxPositions, longest + max(0, maxNewTokens - 1))
    let core = try DecoderCore(
      base: base, adapter: adapter, adapters: adapters, slots: slots, maxLength: max(1, maxLength),
      arithmetic: arithmetic, streams: streams)
    try core.checkMemory(of: prompts.map(\.prompt))
    var placed: [AdaptedPrompt] = []
    for (index, prompt) in prompts.enumerated() {
      try core.check(prompt.prompt, index: index)
      placed.append(try core.adapters.placed(prompt, index: index))
    }
    for (adapter, group) in Dictionary(grouping: placed, by: \.adapter).sorted(by: { $0.key ?? -1 < $1.key ?? -1 }) {
      if let prefix = SharedPrefix.best(
        of: group.map(\.prompt), imageToken: configuration.vision?.imageToken)
      {
        core.share(prefix, adapter: adapter, team)
      }
    }
    let run = GenerationRun(
      core: core, prompts: placed, maxNewTokens: maxNewTokens, stop: stop, sampler: sampler,
      isFinished: isFinished)
    func tell() {
      for index in run.takeFinished() {
        if run.notFinite.contains(index) { onNotFinite(index) }
        onFinished(index, run.outputs[index])
      }
    }
    while !run.isDone, !shouldStop() {
      run.admit(team)
      tell()
      guard run.hasActive else { continue }
      team.run { w in run.decode(w) }
      if let shortage = run.shortage { throw .memory(shortage) }
      tell()
    }
    return run.outputs
  }

  /// The same for prompts of text alone.
  public static func generate(
    base: BaseModel, adapter: LoRAAdapter?, prompts: [[Int32]], maxNewTokens: Int, stop: Set<Int32>,
    sampler: Sampler = .greedy, slots: Int, team: WorkerTeam, shouldStop: () -> Bool = { false },
    onFinished: (_ index: Int, _ tokens: [Int32]) -> Void = { _, _ in }
  ) throws(DecoderError) -> [[Int32]] {
    try generate(
      base: base, adapter: adapter, prompts: prompts.map { Prompt(tokens: $0) }, maxNewTokens: maxNewTokens, stop: stop,
      sampler: sampler, slots: slots, team: team, shouldStop: shouldStop, onFinished: onFinished)
  }
}

/// The state of one `Generation.generate`.
///
/// `@unchecked Sendable`: changed outside regions, or by worker 0 between two barriers; while rows are sampled each row's
/// entries belong to the worker whose shard the row is.
final class GenerationRun: @unchecked Sendable {
  private struct Sequence {
    let index: Int
    let slot: Int
    var generator: SeededGenerator
    var next: Int32
    /// Whether the logits that it was chosen from are.
    var isFinite: Bool
  }

  private let core: DecoderCore
  private let prompts: [AdaptedPrompt]
  private let maxNewTokens: Int
  private let stop: Set<Int32>
  private let sampler: Sampler
  private let isFinished: (@Sendable (_ index: Int, _ tokens: [Int32]) -> Bool)?
  private var active: [Sequence] = []
  private var freeSlots: [Int]
  /// Prompts in the order in which they start, and of each in that order the tokens that a pass has to compute.
  private let order: [Int]
  private let newTokens: [Int]
  /// How many of them have started.
  private var started = 0
  private var finished: [Int] = []
  private var goesOn = false
  private let generators: UnsafeMutablePointer<SeededGenerator>
  private let sampled: UnsafeMutablePointer<Int32>
  private let finite: UnsafeMutablePointer<Bool>
  private(set) var outputs: [[Int32]]
  /// Sequences that ended because their logits are not finite.
  private(set) var notFinite: Set<Int> = []
  /// Why it cannot go on: the caches have no room to grow.
  private(set) var shortage: MemoryShortage?

  /// Steps after which control returns to the caller at the latest.
  private static let burst = 16

  init(
    core: DecoderCore, prompts: [AdaptedPrompt], maxNewTokens: Int, stop: Set<Int32>, sampler: Sampler,
    isFinished: (@Sendable (_ index: Int, _ tokens: [Int32]) -> Bool)?
  ) {
    self.isFinished = isFinished
    self.core = core
    self.prompts = prompts
    self.maxNewTokens = maxNewTokens
    self.stop = stop
    self.sampler = sampler
    let order = SharedPrefix.order(of: prompts)
    self.order = order
    newTokens = core.newTokens(of: order.map { prompts[$0] })
    freeSlots = Array((0..<core.slots).reversed())
    outputs = Array(repeating: [], count: prompts.count)
    generators = .allocate(capacity: core.slots)
    sampled = .allocate(capacity: core.slots)
    finite = .allocate(capacity: core.slots)
  }

  deinit {
    generators.deallocate()
    sampled.deallocate()
    finite.deallocate()
  }

  var hasActive: Bool { !active.isEmpty }
  /// Whether waiting prompts are to take the free slots now.
  private var admits: Bool {
    Admission.isDue(waiting: newTokens[started...], free: freeSlots.count, active: active.count)
  }
  var isDone: Bool { active.isEmpty && started == prompts.count }

  func takeFinished() -> [Int] {
    defer { finished = [] }
    return finished
  }

  /// Outside a region: gives free slots to waiting prompts, and takes their first tokens.
  func admit(_ team: WorkerTeam) {
    guard admits else { return }
    var starting: [(index: Int, slot: Int)] = []
    while started < prompts.count, let slot = freeSlots.popLast() {
      starting.append((order[started], slot))
      started += 1
    }
    var rest = starting.map { (slot: $0.slot, prompt: prompts[$0.index]) }[...]
    let indices = Dictionary(uniqueKeysWithValues: starting.map { ($0.slot, $0.index) })
    while !rest.isEmpty {
      let now = rest.prefix(core.promptsThatFit(rest))
      rest = rest.dropFirst(now.count)
      // Prompts that begin alike share rows, into which what is no number comes from one of them: these are asked again, each in
      // rows of its own.
      var spoilt = prefill(now, indices, sharesRows: true, team)[...]
      for entry in spoilt { core.clear(slot: entry.slot) }
      while !spoilt.isEmpty {
        let again = spoilt.prefix(core.promptsThatFit(spoilt, sharesRows: false))
        spoilt = spoilt.dropFirst(again.count)
        _ = prefill(again, indices, sharesRows: false, team)
      }
    }
  }

  /// Reads prompts in one pass and begins their sequences.
  ///
  /// - Returns: those whose logits are not finite where rows were shared, which are not begun.
  private func prefill(
    _ prompts: ArraySlice<(slot: Int, prompt: AdaptedPrompt)>, _ indices: [Int: Int], sharesRows: Bool,
    _ team: WorkerTeam
  ) -> [(slot: Int, prompt: AdaptedPrompt)] {
    let prompts = Array(prompts)
    core.beginPrefill(prompts, sharesRows: sharesRows)
    team.run { [core] w in core.prefill(w) }
    core.endPrefill(prompts)
    var spoilt: [(slot: Int, prompt: AdaptedPrompt)] = []
    for (row, entry) in prompts.enumerated() {
      if sharesRows, prompts.count > 1, !Sampler.areFinite(core.logits(row: row)) {
        spoilt.append(entry)
      } else if let index = indices[entry.slot] {
        begin((index, entry.slot), row: row)
      }
    }
    return spoilt
  }

  /// Takes the first token of a sequence from a row of the prefill's logits.
  private func begin(_ entry: (index: Int, slot: Int), row: Int) {
    var generator = sampler.generator(prompt: prompts[entry.index].stream ?? entry.index)
    let logits = core.logits(row: row)
    let token = sampler.next(logits, using: &generator)
    take(
      Sequence(
        index: entry.index, slot: entry.slot, generator: generator, next: token, isFinite: Sampler.areFinite(logits)))
  }

  /// In a region: steps until waiting prompts are to be admitted, nothing is active, or the burst is over.
  func decode(_ w: Worker) {
    for step in 0..<Self.burst {
      if w.index == 0 {
        shortage = core.growthProblem(active.lazy.map(\.slot))
        if shortage == nil {
          core.beginStep(active.map { (slot: $0.slot, token: $0.next) })
          for (row, sequence) in active.enumerated() { generators[row] = sequence.generator }
        }
      }
      w.barrier()
      if shortage != nil { return }
      core.step(w)
      w.forEachShard(active.count) { row in
        let logits = core.logits(row: row)
        sampled[row] = sampler.next(logits, using: &generators[row])
        finite[row] = Sampler.areFinite(logits)
      }
      w.barrier()
      if w.index == 0 {
        let stepped = active
        active = []
        for (row, sequence) in stepped.enumerated() {
          take(
            Sequence(
              index: sequence.index, slot: sequence.slot, generator: generators[row], next: sampled[row],
              isFinite: finite[row]))
        }
        goesOn = step + 1 < Self.burst && hasActive && !admits
      }
      w.barrier()
      if !goesOn { return }
    }
  }

  /// Appends a sequence's next token to its output, and keeps it active if it goes on.
  private func take(_ sequence: Sequence) {
    if !sequence.isFinite {
      notFinite.insert(sequence.index)
      core.clear(slot: sequence.slot)
    }
    let isStop = !sequence.isFinite || stop.contains(sequence.next)
    if !isStop, outputs[sequence.index].count < maxNewTokens { outputs[sequence.index].append(sequence.next) }
    if isStop || outputs[sequence.index].count >= maxNewTokens || core.length(of: sequence.slot) >= core.maxLength
      || isFinished?(sequence.index, outputs[sequence.index]) == true
    {
      finished.append(sequence.index)
      core.reset(slot: sequence.slot)
      freeSlots.append(sequence.slot)
    } else {
      active.append(sequence)
    }
  }
}

/// When waiting prompts take slots that are free.
///
/// A pass over one short prompt takes little less than one over several, since weights are packed and hundreds of barriers are met
/// either way, and the other sequences wait meanwhile. So prompts wait for each other: until they fill a pass, a quarter of the slots is free,
/// or there are no more of them. Fewer than that decode in the meantime, an eighth in the mean.
package enum Admission {
  /// Tokens of prompts that go into one forward pass, unless one alone has more.
  package static let tokensOfAPass = 2048

  /// - Parameters:
  ///   - waiting: tokens of each prompt that has no slot yet, in order.
  ///   - free, active: slots without and with a sequence.
  package static func isDue(waiting: some RandomAccessCollection<Int>, free: Int, active: Int) -> Bool {
    let count = min(waiting.count, free)
    guard count > 0 else { return false }
    return active == 0 || count == waiting.count || free >= (free + active) / 4
      || waiting.prefix(count).reduce(0, +) >= tokensOfAPass
  }
}

/// What an answer is generated from: tokens, and the images whose tokens are among them.
public struct Prompt: Sendable, Equatable {
  public var tokens: [Int32]
  /// In the order in which their tokens stand; each takes `VisionConfiguration.tokensPerImage` occurrences of the image token.
  public var images: [PixelValues]

  public init(tokens: [Int32], images: [PixelValues] = []) {
    self.tokens = tokens
    self.images = images
  }
}
