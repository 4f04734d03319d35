import Kernels
import Recipe
import Transformer

/// The decoders of a fleet's measurement, with prompts in their caches, and the blocks that are decoded on them.
final class FleetBench {
  /// What a batch is decoded with. The base comes first, as `LatencyArithmetic` has it.
  enum Kind: Int { case base, adapters, merged }

  struct Variant {
    /// Its place in `FleetLatencyOptions.sequences`.
    var batch: Int
    var kind: Kind
  }

  /// In the order in which a round measures them.
  let variants: [Variant]
  private let options: FleetLatencyOptions
  private let decoder: Decoder
  /// The token that each slot goes on with.
  private let next: [Int32]
  /// Of each number of sequences the adapter of each.
  private let draws: [[Int]]
  private let merged: [Decoder]

  init(
    base: BaseModel, adapters: [LoRAAdapter], merged models: [BaseModel], options: FleetLatencyOptions,
    team: WorkerTeam
  ) throws {
    self.options = options
    let latency = options.latency
    let slots = options.sequences.max() ?? 1
    let length = latency.promptLength + Latency.warmupTokens + latency.tokensPerBlock
    let decoder = try Decoder(
      base: base, adapters: Array(adapters.prefix(options.adaptersNeeded)), slots: slots, maxLength: length, team: team)
    decoder.decodeByRows()
    self.decoder = decoder
    let prompts = (0..<slots).map { slot in
      Latency.prompt(
        of: latency.promptLength, vocabulary: base.configuration.vocabularySize,
        imageToken: base.configuration.vision?.imageToken, seed: latency.seed &+ UInt64(slot))
    }
    next = try decoder.prefill(prompts.enumerated().map { (slot: $0.offset, tokens: $0.element) }).map(Latency.best)
    for slot in 0..<slots { decoder.mark(slot: slot) }
    draws = options.sequences.map { options.draw($0) }
    merged = try models.prefix(slots).enumerated().map { slot, model in
      let alone = try Decoder(base: model, adapter: nil, slots: 1, maxLength: length, team: team)
      _ = try alone.prefill(slot: 0, tokens: prompts[slot])
      alone.mark(slot: 0)
      return alone
    }
    let kinds: [Kind] = models.count >= slots ? [.base, .adapters, .merged] : [.base, .adapters]
    variants = options.sequences.indices.flatMap { batch in kinds.map { Variant(batch: batch, kind: $0) } }
  }

  /// Milliseconds of each of `tokens` steps after the warm-up, in each of which every sequence of the batch gets a token.
  func block(_ variant: Variant, tokens: Int) throws -> [Double] {
    let count = options.sequences[variant.batch]
    let steps = Latency.warmupTokens + tokens
    var durations: [Duration]
    switch variant.kind {
    case .base, .adapters:
      for slot in 0..<count {
        decoder.rewind(slot: slot, to: options.latency.promptLength)
        decoder.change(adapter: variant.kind == .base ? nil : draws[variant.batch][slot], ofSlot: slot)
      }
      durations = try decoder.timedGreedySteps(Array(next.prefix(count)), count: steps)
    case .merged:
      durations = Array(repeating: .zero, count: steps)
      for slot in 0..<count {
        merged[slot].rewind(slot: 0, to: options.latency.promptLength)
        let own = try merged[slot].timedGreedySteps([next[slot]], count: steps)
        for (place, duration) in own.enumerated() { durations[place] += duration }
      }
    }
    return durations.dropFirst(Latency.warmupTokens).map { $0 / .milliseconds(1) }
  }
}
