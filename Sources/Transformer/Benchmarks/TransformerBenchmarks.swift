import Kernels

/// Measurements on random weights, for `lorascope bench train` and `bench decode`.
public enum TransformerBenchmarks {
  /// Times LoRA training steps: forward, backward and AdamW.
  ///
  /// - Parameter lossShare: share of each sequence, at its end, that carries loss.
  public static func training(
    shape: BenchmarkShape, element: WeightElement = .bfloat16, targets: Targets, rank: Int = 16, sequences: Int = 8,
    length: Int = 128, lossShare: Double = 1, steps: Int = 10, team: WorkerTeam
  ) throws -> TrainingBenchmarkReport {
    let configuration = shape.configuration
    let base = try RandomWeights.model(configuration: configuration, seed: 1, element: element)
    let specification = LoRASpecification(
      targets: targets, layers: configuration.layers, rank: rank, alpha: Float(2 * rank))
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 2)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let optimiser = BenchmarkOptimiser(adapter: adapter)
    let batch = batch(configuration, sequences: sequences, length: length, lossShare: lossShare)
    try batch.check(in: configuration)
    var seconds: [Double] = []
    var losses: [Double] = []
    for step in 0...max(1, steps) {
      let start = ContinuousClock.now
      team.run { w in
        pass.lossAndGradients(batch, step: step, worker: w)
        optimiser.step(w, number: step + 1)
      }
      seconds.append((ContinuousClock.now - start).seconds)
      losses.append(pass.lossSum / Double(max(1, pass.lossTokens)))
    }
    let median = quantile(Array(seconds.dropFirst()), 0.5)
    let operations = TrainingCost.operations(
      configuration: configuration, specification: specification, sequences: sequences, length: length,
      lossTokens: batch.lossTokens)
    return TrainingBenchmarkReport(
      shape: shape, element: element.rawValue, targets: targets.label, rank: rank, sequences: sequences, length: length,
      lossTokens: batch.lossTokens, threads: team.threads, steps: seconds.count - 1,
      tokensPerSecond: Double(sequences * length) / median, secondsPerStep: median,
      operationsPerSecond: operations / median, weightBytes: base.byteCount, activationBytes: pass.activationBytes,
      trainableParameters: adapter.parameterCount, firstLoss: losses[0], lastLoss: losses[losses.count - 1])
  }

  /// Times greedy decoding at batch 1 after a prompt, in blocks of 16 tokens.
  ///
  /// - Parameter targets: nil for the base alone.
  public static func decode(
    shape: BenchmarkShape, element: WeightElement = .bfloat16, targets: Targets?, rank: Int = 16,
    promptTokens: Int = 64, newTokens: Int = 128, team: WorkerTeam
  ) throws -> DecodeBenchmarkReport {
    let configuration = shape.configuration
    let base = try RandomWeights.model(configuration: configuration, seed: 1, element: element)
    let adapter = try targets.map { targets in
      let specification = LoRASpecification(
        targets: targets, layers: configuration.layers, rank: rank, alpha: Float(2 * rank))
      return try LoRAAdapter(specification: specification, configuration: configuration, seed: 2)
    }
    let block = 16
    let blocks = max(1, (newTokens + block - 1) / block)
    let decoder = try Decoder(
      base: base, adapter: adapter, slots: 1, maxLength: promptTokens + (blocks + 1) * block, team: team)
    var generator = SeededGenerator(seed: 3)
    let prompt = (0..<max(1, promptTokens)).map { _ in
      Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &generator)
    }
    _ = try decoder.prefill(slot: 0, tokens: prompt)
    var token = try decoder.greedyRun(slot: 0, token: prompt[0], count: block).last ?? 0
    var milliseconds: [Double] = []
    for _ in 0..<blocks {
      let start = ContinuousClock.now
      token = try decoder.greedyRun(slot: 0, token: token, count: block).last ?? 0
      milliseconds.append((ContinuousClock.now - start).seconds * 1000 / Double(block))
    }
    let median = quantile(milliseconds, 0.5)
    // Of the embedding table, tied or not, a token reads one row; of the output projection all.
    var bytes = base.byteCount + (adapter?.parameterCount ?? 0) * 4
    if base.output !== base.embedding { bytes -= base.embedding.byteCount }
    return DecodeBenchmarkReport(
      shape: shape, element: element.rawValue, targets: targets?.label ?? "none", rank: adapter == nil ? 0 : rank,
      promptTokens: promptTokens, newTokens: blocks * block, threads: team.threads, tpotMillisecondsP50: median,
      tpotMillisecondsP95: quantile(milliseconds, 0.95), tokensPerSecond: 1000 / median,
      weightBytesPerSecond: Double(bytes) / median * 1000)
  }

  private static func batch(
    _ configuration: ModelConfiguration, sequences: Int, length: Int, lossShare: Double
  ) -> TokenBatch {
    var generator = SeededGenerator(seed: 4)
    let first = length - Int((Double(length) * min(max(lossShare, 0), 1)).rounded())
    let tokens = (0..<sequences).map { _ in
      (0...length).map { _ in Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &generator) }
    }
    return TokenBatch(
      sequences: tokens.map { Array($0.dropLast()) },
      targets: tokens.map { $0.dropFirst().enumerated().map { $0.offset >= first ? $0.element : -1 } })
  }

  /// Nearest-rank quantile.
  private static func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    let index = Int((share * Double(sorted.count)).rounded(.up)) - 1
    return sorted[min(max(index, 0), sorted.count - 1)]
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
