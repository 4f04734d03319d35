import Kernels

/// Answers to many prompts, decoded together: when a sequence ends, the next prompt takes its slot.
public enum Generation {
  /// Decodes every prompt until a stop token, `maxNewTokens`, or the model's last position.
  ///
  /// A sequence's tokens depend on its prompt, its index, the sampler and `slots`, not on which other prompts there are or
  /// in what order they finish; and not on the team's threads.
  ///
  /// - Parameters:
  ///   - prompts: those with images are for a base that sees.
  ///   - stop: tokens that end a sequence; they are not part of the result.
  ///   - slots: sequences decoded at once.
  ///   - shouldStop: asked every few tokens, on the caller's thread; true ends generation early.
  ///   - onFinished: told of each finished sequence, in the order in which they finish, on the caller's thread.
  /// - Returns: new tokens for each prompt, in the prompts' order; after an early end, those of unfinished sequences so far.
  public static func generate(
    base: BaseModel, adapter: LoRAAdapter?, prompts: [Prompt], maxNewTokens: Int, stop: Set<Int32>,
    sampler: Sampler = .greedy, slots: Int, team: WorkerTeam, shouldStop: () -> Bool = { false },
    onFinished: (_ index: Int, _ tokens: [Int32]) -> Void = { _, _ in }
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
    let core = try DecoderCore(base: base, adapter: adapter, slots: slots, maxLength: max(1, maxLength))
    try core.checkMemory(of: prompts)
    for (index, prompt) in prompts.enumerated() {
      try core.check(prompt, index: index)
    }
    let run = GenerationRun(
      core: core, prompts: prompts, maxNewTokens: maxNewTokens, stop: stop, sampler: sampler)
    while !run.isDone, !shouldStop() {
      run.admit(team)
      for index in run.takeFinished() { onFinished(index, run.outputs[index]) }
      guard run.hasActive else { continue }
      team.run { w in run.decode(w) }
      if let shortage = run.shortage { throw .memory(shortage) }
      for index in run.takeFinished() { onFinished(index, run.outputs[index]) }
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
