import Foundation
import Kernels
import Recipe
import Transformer

/// Time per output token (TPOT) of batches whose sequences have adapters of their own, unmerged, beside the same batches without.
///
/// One decoder has the slots of the largest batch, and the same prompts, caches and adapters lie in its memory throughout: a block with
/// adapters and one without differ in nothing but what a step reads. Blocks of all batches are interleaved, since machines drift.
public enum FleetTiming {
  /// - Parameters:
  ///   - adapters: alike in shape and type and different in memory, as many as the mix draws from at least.
  ///   - merged: models with one adapter merged into each, as many as the largest batch; empty where that is not to be measured.
  ///   - progress: called after each round; false ends the measurement with what there is.
  /// - Returns: a result for each number of sequences, in the order asked for; nil if not even one round was finished.
  /// - Throws: `TrainingError.invalidOption`, or Transformer's `DecoderError`.
  public static func measure(
    base: BaseModel, adapters: [LoRAAdapter], merged: [BaseModel] = [],
    options: FleetLatencyOptions = FleetLatencyOptions(), team: WorkerTeam,
    progress: (LatencyProgress) -> Bool = { _ in true }
  ) throws -> [FleetLatency]? {
    try options.validate(maxPositions: base.configuration.maxPositions)
    guard let specification = adapters.first?.specification, adapters.count >= options.adaptersNeeded else {
      throw TrainingError.invalidOption(
        name: "adapters", value: "\(adapters.count)", expected: "at least \(options.adaptersNeeded) for this mix")
    }
    let type: AdapterType = adapters.allSatisfy { $0.element == .bfloat16 } ? .bf16 : .fp32
    guard type == .fp32 || !specification.useDoRA else {
      throw TrainingError.invalidOption(
        name: "adapter-dtype", value: "bf16", expected: "fp32 for DoRA, whose rows are multiplied and not streamed")
    }
    let bench = try FleetBench(base: base, adapters: adapters, merged: merged, options: options, team: team)
    let latency = options.latency
    let clock = ContinuousClock()
    let started = clock.now
    func elapsed() -> Double { (clock.now - started) / .seconds(1) }
    let variants = bench.variants
    // Once through without counting: the first touch of each variant's memory is not what is asked.
    for variant in variants { _ = try bench.block(variant, tokens: min(4, latency.tokensPerBlock)) }
    var blocks: [[DecodedBlock]] = options.sequences.map { _ in [] }
    var share = CoreShare(threads: team.threads)
    for round in 0..<latency.maximumRounds {
      if Latency.isOver(latency, rounds: round, seconds: elapsed()) { break }
      for (place, index) in LatencyArithmetic.round(variants: variants.count).enumerated() {
        let variant = variants[index]
        let times = try share.counting { try bench.block(variant, tokens: latency.tokensPerBlock) }
        blocks[variant.batch].append(
          DecodedBlock(variant: variant.kind.rawValue, round: round, place: place, milliseconds: times))
      }
      var widest: Double?
      if round + 1 >= latency.minimumRounds,
        (round + 1 - latency.minimumRounds).isMultiple(of: Latency.roundsBetweenChecks)
      {
        widest = blocks.map { own in
          LatencyArithmetic.overheadPercent(
            of: FleetBench.Kind.adapters.rawValue, in: own, seed: latency.seed
          ).halfWidth
        }.max()
      }
      let goOn = progress(
        LatencyProgress(
          round: round + 1, maximumRounds: latency.maximumRounds, seconds: elapsed(), timeCap: latency.timeCap,
          halfWidth: widest))
      if !goOn { break }
      if let widest, widest <= latency.targetHalfWidth { break }
    }
    guard blocks.allSatisfy({ !$0.isEmpty }) else { return nil }
    return zip(options.sequences, blocks).map { number, own in
      FleetArithmetic.result(
        own, sequences: number, options: options, base: base, specification: specification, type: type,
        coreShare: share.value)
    }
  }
}

/// From blocks to what a fleet costs; no clock here.
package enum FleetArithmetic {
  /// - Parameter blocks: of one number of sequences; variants are `FleetBench.Kind`'s.
  package static func result(
    _ blocks: [DecodedBlock], sequences: Int, options: FleetLatencyOptions, base: BaseModel,
    specification: LoRASpecification, type: AdapterType = .fp32, coreShare: Double
  ) -> FleetLatency {
    func time(_ kind: FleetBench.Kind) -> TokenTime { LatencyArithmetic.time(of: kind.rawValue, in: blocks) }
    func overhead(_ kind: FleetBench.Kind) -> Interval {
      LatencyArithmetic.overheadPercent(of: kind.rawValue, in: blocks, seed: options.latency.seed)
    }
    let (own, without) = (time(.adapters), time(.base))
    var merged: FleetLatency.Merged?
    if blocks.contains(where: { $0.variant == FleetBench.Kind.merged.rawValue }) {
      let time = time(.merged)
      merged = FleetLatency.Merged(p50: time.p50, p95: time.p95, overheadPercent: overhead(.merged))
    }
    let middle = options.latency.promptLength + Latency.warmupTokens + (options.latency.tokensPerBlock + 1) / 2
    return FleetLatency(
      sequences: sequences, mix: options.mix, type: type, different: Set(options.draw(sequences)).count, p50: own.p50,
      p95: own.p95, baseP50: without.p50, baseP95: without.p95, overheadPercent: overhead(.adapters),
      bytes: StepBytes.fleet(base, specification, sequences: sequences, positions: middle, type: type),
      adapterMemoryBytes: InferenceMemory.copies(of: specification, in: base.configuration, type: type), merged: merged,
      blocks: blocks.count, coreShare: coreShare)
  }
}
