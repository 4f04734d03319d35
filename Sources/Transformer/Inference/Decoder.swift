import Kernels
import Recipe

/// Token-by-token decoding with cached keys and values, for several sequences ("slots") at once, the adapter unmerged.
///
/// A decoder with up to ``StreamedLinears/mostRows`` slots streams each weight once per step, row by row or, with more than
/// ``StreamedLinears/mostDottedRows``, in tiles; with more, or in bfloat16, it uses matrix products. Which of these is fixed by the number of
/// slots and not by how many are active, so that a sequence's results do not depend on its company.
///
/// The adapter's matrices are copied at initialisation. One caller at a time.
public final class Decoder {
  public let slots: Int
  public let maxLength: Int
  private let core: DecoderCore
  private let team: WorkerTeam

  /// - Parameters:
  ///   - slots: sequences in flight at most.
  ///   - maxLength: positions of a sequence at most, prompt and answer together.
  public init(base: BaseModel, adapter: LoRAAdapter?, slots: Int, maxLength: Int, team: WorkerTeam) throws(DecoderError)
  {
    core = try DecoderCore(base: base, adapter: adapter, slots: slots, maxLength: maxLength)
    self.slots = slots
    self.maxLength = maxLength
    self.team = team
  }

  /// A decoder whose sequences have adapters of their own, or none.
  ///
  /// - Parameter streams: false for matrix products, however few slots there are.
  package init(
    base: BaseModel, adapters: [LoRAAdapter], slots: Int, maxLength: Int, arithmetic: ProductArithmetic = .float32,
    streams: Bool = true, team: WorkerTeam
  ) throws(DecoderError) {
    core = try DecoderCore(
      base: base, adapter: nil, adapters: adapters, slots: slots, maxLength: maxLength, arithmetic: arithmetic,
      streams: streams)
    self.slots = slots
    self.maxLength = maxLength
    self.team = team
  }

  /// From here on a step of few sequences is computed as a decoder of so few slots computes it: for measurements, since a sequence's bits then
  /// depend on its company.
  package func decodeByRows() { core.decodesByRows = true }

  /// Starts a slot anew with a prompt and returns the logits after its last token.
  public func prefill(slot: Int, tokens: [Int32]) throws(DecoderError) -> [Float] {
    try prefill([(slot: slot, tokens: tokens)])[0]
  }

  /// The same with the images of a base that sees.
  public func prefill(slot: Int, prompt: Prompt) throws(DecoderError) -> [Float] {
    try prefill([(slot: slot, prompt: prompt)])[0]
  }

  /// Starts several slots anew with text alone.
  public func prefill(_ prompts: [(slot: Int, tokens: [Int32])]) throws(DecoderError) -> [[Float]] {
    try prefill(prompts.map { (slot: $0.slot, prompt: Prompt(tokens: $0.tokens)) })
  }

  /// Starts several slots anew, packed into as few forward passes as memory allows. Returns logits in the order given.
  public func prefill(_ prompts: [(slot: Int, prompt: Prompt)]) throws(DecoderError) -> [[Float]] {
    try prefill(prompts.map { (slot: $0.slot, prompt: AdaptedPrompt($0.prompt)) })
  }

  /// The same where each prompt says which of the decoder's adapters it has.
  package func prefill(_ prompts: [(slot: Int, prompt: AdaptedPrompt)]) throws(DecoderError) -> [[Float]] {
    var placed: [(slot: Int, prompt: AdaptedPrompt)] = []
    for (index, entry) in prompts.enumerated() {
      placed.append((entry.slot, try core.adapters.placed(entry.prompt, index: index)))
    }
    let prompts = placed
    try core.check(prompts)
    var logits: [[Float]] = []
    var rest = prompts[...]
    while !rest.isEmpty {
      let count = core.promptsThatFit(rest)
      let now = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      core.beginPrefill(now)
      team.run { [core] w in core.prefill(w) }
      core.endPrefill(now)
      logits += (0..<count).map { core.logitsRow($0) }
    }
    return logits
  }

  /// Computes a beginning once, for the prompts that have it, more tokens and the same adapter; logits are as without.
  package func share(_ tokens: [Int32], adapter: Int? = nil) throws(DecoderError) {
    let prompt = try core.adapters.placed(AdaptedPrompt(Prompt(tokens: tokens), adapter: adapter), index: 0)
    try core.check(prompt.prompt, index: 0)
    core.share(tokens, adapter: prompt.adapter, team)
  }

  /// Appends one token to each of the given slots and returns the logits after it, in the order given.
  public func step(_ active: [(slot: Int, token: Int32)]) throws(DecoderError) -> [[Float]] {
    guard !active.isEmpty else { return [] }
    try core.check(active)
    core.beginStep(active)
    team.run { [core] w in core.step(w) }
    return active.indices.map { core.logitsRow($0) }
  }

  /// Decodes greedily from `token` on for `count` steps in one region, and returns the tokens. The way to measure latency:
  /// nothing but decoding happens between the first step and the last.
  public func greedyRun(slot: Int, token: Int32, count: Int) throws(DecoderError) -> [Int32] {
    try timedGreedyRun(slot: slot, token: token, count: count).tokens
  }

  /// As `greedyRun`, with the time of each step, from a token going in to the next one being known.
  public func timedGreedyRun(
    slot: Int, token: Int32, count: Int
  ) throws(DecoderError) -> (tokens: [Int32], durations: [Duration]) {
    guard count > 0 else { return ([], []) }
    try core.check([(slot: slot, token: token)])
    guard length(of: slot) + count <= maxLength else {
      throw .tooLong(index: slot, length: length(of: slot) + count, limit: maxLength)
    }
    let run = GreedyRun(core: core, slot: slot, token: token, count: count)
    core.beginStep([(slot: slot, token: token)])
    team.run { w in run.run(w) }
    return (run.tokens, run.durations)
  }

  /// Decodes the slots from 0 on greedily together, each from its token on, for `count` steps in one region; the time of each step, in
  /// which every slot gets a token.
  package func timedGreedySteps(_ tokens: [Int32], count: Int) throws(DecoderError) -> [Duration] {
    guard count > 0, !tokens.isEmpty else { return [] }
    try core.check(tokens.enumerated().map { (slot: $0.offset, token: $0.element) })
    for slot in tokens.indices {
      guard length(of: slot) + count <= maxLength else {
        throw .tooLong(index: slot, length: length(of: slot) + count, limit: maxLength)
      }
    }
    let batch = GreedyBatch(core: core, tokens: tokens, steps: count)
    team.run { w in batch.run(w) }
    return batch.durations
  }

  /// Gives a slot's sequence another of the decoder's adapters for the tokens that follow; nil for none. Keys and values that are there stay
  /// what they are, so this is for measurements.
  package func change(adapter: Int?, ofSlot slot: Int) {
    if (0..<slots).contains(slot) { core.change(adapter: adapter, ofSlot: slot) }
  }

  /// Keeps the states of a slot as they are now, so that it can go back to here. A base without states can go back anywhere.
  package func mark(slot: Int) {
    if (0..<slots).contains(slot) { core.mark(slot: slot) }
  }

  /// Forgets what came after the first positions of a slot; where there are states, as many as when they were marked.
  package func rewind(slot: Int, to length: Int) {
    if (0..<slots).contains(slot) { core.rewind(slot: slot, to: length) }
  }

  /// Forgets a slot's sequence.
  public func reset(slot: Int) {
    if (0..<slots).contains(slot) { core.reset(slot: slot) }
  }

  /// Positions that a slot's sequence fills.
  public func length(of slot: Int) -> Int { core.length(of: slot) }
}

/// Many greedy steps of one slot in one region.
///
/// `@unchecked Sendable`: worker 0 alone writes, between the barriers of two steps.
final class GreedyRun: @unchecked Sendable {
  private let core: DecoderCore
  private let slot: Int
  private let count: Int
  private(set) var tokens: [Int32] = []
  /// Of each step, from the token going in to the next one being known.
  private(set) var durations: [Duration] = []

  init(core: DecoderCore, slot: Int, token: Int32, count: Int) {
    self.core = core
    self.slot = slot
    self.count = count
    tokens.reserveCapacity(count)
    durations.reserveCapacity(count)
  }

  func run(_ w: Worker) {
    var start = ContinuousClock.now
    for index in 0..<count {
      core.step(w)
      guard w.index == 0 else {
        if index + 1 < count { w.barrier() }
        continue
      }
      let token = Sampler.argmax(core.logits(row: 0))
      tokens.append(token)
      let end = ContinuousClock.now
      durations.append(end - start)
      start = end
      if index + 1 < count {
        core.beginStep([(slot: slot, token: token)])
        w.barrier()
      }
    }
  }
}

/// Why tokens cannot be decoded, in one line.
public enum DecoderError: ExitStatusError, Equatable {
  case adapterMismatch
  /// Which prompt asks for which adapter, and how many there are.
  case adapter(Int, index: Int, adapters: Int)
  case slots(Int)
  case slotOutOfRange(Int, slots: Int)
  case slotUsedTwice(Int)
  case emptyPrompt(index: Int)
  case emptySlot(Int)
  case tooLong(index: Int, length: Int, limit: Int)
  case token(Int32, vocabulary: Int)
  case images(index: Int, ImageProblem)
  case memory(MemoryShortage)

  public var description: String {
    switch self {
    case .adapterMismatch:
      "the adapter was made for a model of another shape; use the base model that it was trained on"
    case .adapter(let adapter, let index, let count):
      "prompt \(index) asks for adapter \(adapter), counted from 0; there are \(count)"
    case .slots(let count): "\(count) decoding slots asked for; at least one is needed"
    case .slotOutOfRange(let slot, let slots): "decoding slot \(slot) does not exist; there are \(slots)"
    case .slotUsedTwice(let slot): "decoding slot \(slot) is named twice in one call"
    case .emptyPrompt(let index):
      "prompt \(index) has no tokens; start it with the tokenizer's beginning-of-sequence token"
    case .emptySlot(let slot): "decoding slot \(slot) has no prompt yet; prefill it first"
    case .tooLong(let index, let length, let limit):
      "sequence \(index) needs \(length) positions, there is room for \(limit); shorten the prompt or the answer"
    case .token(let token, let vocabulary):
      "token id \(token) is outside the model's vocabulary of \(vocabulary); does the tokenizer belong to this model?"
    case .images(let index, let problem): "prompt \(index): \(problem)"
    case .memory(let shortage): "\(shortage)"
    }
  }

  /// `EX_DATAERR`, or that of a shortage of memory.
  public var exitStatus: Int32 { if case .memory(let shortage) = self { shortage.exitStatus } else { 65 } }
}
