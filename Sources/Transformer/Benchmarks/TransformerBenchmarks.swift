import Kernels
import Recipe

/// Measurements on random weights, for `lorascope bench train` and `bench decode`.
public enum TransformerBenchmarks {
  /// Times LoRA training steps: forward, backward and AdamW.
  ///
  /// - Parameter lossShare: share of each sequence, at its end, that carries loss.
  public static func training(
    shape: BenchmarkShape, element: WeightElement = .bfloat16, targets: Targets, rank: Int = 16, sequences: Int = 8,
    length: Int = 128, lossShare: Double = 1, steps: Int = 10, arithmetic: ProductArithmetic = .float32,
    team: WorkerTeam
  ) throws -> TrainingBenchmarkReport {
    try training(
      base: RandomWeights.model(configuration: shape.configuration, seed: 1, element: element), name: shape.rawValue,
      targets: targets, rank: rank, sequences: sequences, length: length, lossShare: lossShare, steps: steps,
      arithmetic: arithmetic, team: team)
  }

  /// The same of a given base. One step is measured cold, more after one that is not counted.
  public static func training(
    base: BaseModel, name: String, targets: Targets, rank: Int = 16, sequences: Int, length: Int, lossShare: Double = 1,
    steps: Int, arithmetic: ProductArithmetic = .float32, team: WorkerTeam
  ) throws -> TrainingBenchmarkReport {
    let configuration = base.configuration
    let specification = try LoRASpecification(
      targets: targets, in: configuration, rank: rank, alpha: Float(2 * rank))
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 2)
    let pass = try LoRATrainingPass(base: base, adapter: adapter, arithmetic: arithmetic)
    let optimiser = BenchmarkOptimiser(adapter: adapter)
    let batch = batch(configuration, sequences: sequences, length: length, lossShare: lossShare)
    try batch.check(in: configuration)
    var seconds: [Double] = []
    var losses: [Double] = []
    for step in 0..<(steps > 1 ? steps + 1 : 1) {
      let start = ContinuousClock.now
      team.run { w in
        pass.lossAndGradients(batch, step: step, worker: w)
        optimiser.step(w, number: step + 1)
      }
      seconds.append((ContinuousClock.now - start).seconds)
      losses.append(pass.lossSum / Double(max(1, pass.lossTokens)))
    }
    let measured = steps > 1 ? Array(seconds.dropFirst()) : seconds
    let median = quantile(measured, 0.5)
    let operations = TrainingCost.operations(
      configuration: configuration, specification: specification, sequences: sequences, length: length,
      lossTokens: batch.lossTokens)
    return TrainingBenchmarkReport(
      model: name, element: base.output.element.rawValue, arithmetic: arithmetic, targets: targets.label, rank: rank,
      sequences: sequences,
      length: length, lossTokens: batch.lossTokens, threads: team.threads, steps: measured.count,
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
      let specification = try LoRASpecification(
        targets: targets, in: configuration, rank: rank, alpha: Float(2 * rank))
      return try LoRAAdapter(specification: specification, configuration: configuration, seed: 2)
    }
    let block = 16
    let blocks = max(1, (newTokens + block - 1) / block)
    func decoder(_ adapter: LoRAAdapter?) throws -> Decoder {
      try Decoder(
        base: base, adapter: adapter, slots: 1, maxLength: promptTokens + (blocks + 1) * block, team: team)
    }
    // The base alone beside the adapter, block by block in turn, since machines drift.
    let decoders = adapter == nil ? [try decoder(nil)] : [try decoder(adapter), try decoder(nil)]
    let prompt = tokens(configuration, count: promptTokens)
    var next = [Int32](repeating: prompt[0], count: decoders.count)
    var milliseconds = [[Double]](repeating: [], count: decoders.count)
    for decoder in decoders { _ = try decoder.prefill(slot: 0, tokens: prompt) }
    for round in 0...blocks {
      for (index, decoder) in decoders.enumerated() {
        let start = ContinuousClock.now
        next[index] = try decoder.greedyRun(slot: 0, token: next[index], count: block).last ?? 0
        let time = (ContinuousClock.now - start).seconds * 1000 / Double(block)
        if round > 0 { milliseconds[index].append(time) }
      }
    }
    let median = quantile(milliseconds[0], 0.5)
    let overhead = decoders.count == 2 ? quantile(zip(milliseconds[0], milliseconds[1]).map { $0 / $1 }, 0.5) : nil
    // Of the embedding table, tied or not, a token reads one row; of the output projection all.
    var bytes = base.byteCount
    if base.output !== base.embedding { bytes -= base.embedding.byteCount }
    let adapterBytes = (adapter?.parameterCount ?? 0) * 4
    return DecodeBenchmarkReport(
      shape: shape, element: element.rawValue, targets: targets?.label ?? "none", rank: adapter == nil ? 0 : rank,
      promptTokens: promptTokens, newTokens: blocks * block, threads: team.threads, tpotMillisecondsP50: median,
      tpotMillisecondsP95: quantile(milliseconds[0], 0.95), tokensPerSecond: 1000 / median,
      weightBytesPerSecond: Double(bytes + adapterBytes) / median * 1000,
      overheadPercent: overhead.map { 100 * ($0 - 1) },
      adapterBytesPercent: adapter == nil ? nil : 100 * Double(adapterBytes) / Double(bytes))
  }

  /// Times a prompt from its tokens to the logits of the last one.
  public static func prompt(
    shape: BenchmarkShape, element: WeightElement = .float32, tokens count: Int = 256, rounds: Int = 3, team: WorkerTeam
  ) throws -> PromptBenchmarkReport {
    let base = try RandomWeights.model(configuration: shape.configuration, seed: 1, element: element)
    let decoder = try Decoder(base: base, adapter: nil, slots: 1, maxLength: count, team: team)
    let prompt = tokens(shape.configuration, count: count)
    var seconds: [Double] = []
    for round in 0...max(1, rounds) {
      let start = ContinuousClock.now
      _ = try decoder.prefill(slot: 0, tokens: prompt)
      if round > 0 { seconds.append((ContinuousClock.now - start).seconds) }
    }
    let median = quantile(seconds, 0.5)
    return PromptBenchmarkReport(
      shape: shape, element: element.rawValue, promptTokens: count, threads: team.threads,
      tokensPerSecond: Double(count) / median, seconds: median)
  }

  static func tokens(_ configuration: ModelConfiguration, count: Int) -> [Int32] {
    var generator = SeededGenerator(seed: 3)
    return (0..<max(1, count)).map { _ in token(configuration, &generator) }
  }

  /// Any but the one that stands for pixels.
  private static func token(_ configuration: ModelConfiguration, _ generator: inout SeededGenerator) -> Int32 {
    while true {
      let token = Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &generator)
      if token != configuration.vision?.imageToken { return token }
    }
  }

  static func batch(
    _ configuration: ModelConfiguration, sequences: Int, length: Int, lossShare: Double
  ) -> TokenBatch {
    var generator = SeededGenerator(seed: 4)
    let first = length - Int((Double(length) * min(max(lossShare, 0), 1)).rounded())
    let tokens = (0..<sequences).map { _ in
      (0...length).map { _ in token(configuration, &generator) }
    }
    return TokenBatch(
      sequences: tokens.map { Array($0.dropLast()) },
      targets: tokens.map { $0.dropFirst().enumerated().map { $0.offset >= first ? $0.element : -1 } })
  }

  /// Nearest-rank quantile.
  static func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    let index = Int((share * Double(sorted.count)).rounded(.up)) - 1
    return sorted[min(max(index, 0), sorted.count - 1)]
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// Model shapes that benchmarks name. Their weights are random: speed does not depend on the values.
public enum BenchmarkShape: String, CaseIterable, Codable, Sendable {
  /// 5 M parameters: hidden 256, 6 layers, 8 heads over 4, intermediate 704, vocabulary 2048.
  case small = "5M"
  /// The shape of SmolLM2-135M: hidden 576, 30 layers, 9 heads over 3, intermediate 1536, vocabulary 49 152.
  case smolLM2 = "135M"
  /// The shape of LFM2-350M: hidden 1024, 16 layers, of which 6 attend with 16 heads over 8 and 10 have short convolutions of 3 tokens,
  /// intermediate 4608, vocabulary 65 536.
  case lfm2 = "LFM2-350M"
  /// The shape of Qwen3.5-0.8B: hidden 1024, 24 layers, of which every fourth attends with 8 gated heads of 256 over 2 and the others have linear
  /// attention with 16 heads of 128, intermediate 3584, vocabulary 248 320. Benchmarks/README.md says where these are from.
  case qwen35 = "Qwen3.5-0.8B"

  public var configuration: ModelConfiguration {
    switch self {
    case .small:
      ModelConfiguration(
        vocabularySize: 2048, hiddenSize: 256, layers: 6, heads: 8, kvHeads: 4, headSize: 32, intermediateSize: 704,
        maxPositions: 2048)
    case .smolLM2:
      ModelConfiguration(
        vocabularySize: 49_152, hiddenSize: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64,
        intermediateSize: 1536, ropeTheta: 100_000, maxPositions: 8192)
    case .lfm2:
      ModelConfiguration(
        vocabularySize: 65_536, hiddenSize: 1024, layers: 16, heads: 16, kvHeads: 8, headSize: 64,
        intermediateSize: 4608, ropeTheta: 1_000_000, maxPositions: 8192,
        block: BlockDescription(
          normalizesQueriesAndKeys: true,
          shortConvolution: ShortConvolutions(width: 3, layers: [0, 1, 3, 4, 6, 7, 9, 11, 13, 15])),
        names: .lfm2, modelType: "lfm2")
    case .qwen35:
      ModelConfiguration(
        vocabularySize: 248_320, hiddenSize: 1024, layers: 24, heads: 8, kvHeads: 2, headSize: 256,
        intermediateSize: 3584, rmsNormEpsilon: 1e-6, maxPositions: 8192,
        block: BlockDescription(
          normWeightOffset: 1, normalizesQueriesAndKeys: true,
          linearAttention: LinearAttentions(
            shape: GatedDeltaShape(keyHeads: 16, valueHeads: 16, keySize: 128, valueSize: 128, width: 4),
            layers: (0..<24).filter { ($0 + 1) % 4 != 0 }), gatesAttention: true),
        rotary: [RotaryDescription(theta: 10_000_000, dimensions: 64)], modelType: "qwen3_5_text")
    }
  }
}

/// What a training benchmark ran and measured.
public struct TrainingBenchmarkReport: Codable, Sendable, Equatable {
  /// The base's name, or its shape's.
  public var model: String
  public var element: String
  /// Of the pass's products.
  public var arithmetic: ProductArithmetic
  public var targets: String
  public var rank: Int
  public var sequences: Int
  public var length: Int
  public var lossTokens: Int
  public var threads: Int
  public var steps: Int
  /// Tokens of a step over the median time of a step, without the first where there are more.
  public var tokensPerSecond: Double
  public var secondsPerStep: Double
  /// The step's necessary arithmetic over its time, see `TrainingCost`.
  public var operationsPerSecond: Double
  /// Bytes of the frozen weights, and of activations and work room.
  public var weightBytes: Int
  public var activationBytes: Int
  public var trainableParameters: Int
  public var firstLoss: Double
  public var lastLoss: Double
}

/// What a prompt benchmark ran and measured.
public struct PromptBenchmarkReport: Codable, Sendable, Equatable {
  public var shape: BenchmarkShape
  public var element: String
  public var promptTokens: Int
  public var threads: Int
  public var tokensPerSecond: Double
  /// Of the median prompt.
  public var seconds: Double
}

/// What a decoding benchmark ran and measured.
public struct DecodeBenchmarkReport: Codable, Sendable, Equatable {
  public var shape: BenchmarkShape
  public var element: String
  /// `none` without an adapter.
  public var targets: String
  public var rank: Int
  public var promptTokens: Int
  public var newTokens: Int
  public var threads: Int
  /// Time per output token at batch 1, over blocks of 16 tokens.
  public var tpotMillisecondsP50: Double
  public var tpotMillisecondsP95: Double
  public var tokensPerSecond: Double
  /// Weight bytes that every token must read, over the median time.
  public var weightBytesPerSecond: Double
  /// With an adapter: by how many percent its tokens take longer than the base's, decoded in turn with them, and what
  /// its bytes are of the base's. Both nil without one.
  public var overheadPercent: Double?
  public var adapterBytesPercent: Double?
}

/// The arithmetic that one LoRA step cannot do without, for comparing a measured rate with the machine's peak.
///
/// Counted: two operations per multiplication, products with weights forward and (where a gradient must pass) backward,
/// adapters, causal attention. Not counted: norms, activations, softmax, the optimiser.
public enum TrainingCost {
  /// Floating-point operations of one step.
  ///
  /// - Parameters:
  ///   - sequences, length: the batch, all sequences equally long.
  ///   - lossTokens: positions that carry loss; only they go through the output projection.
  public static func operations(
    configuration: ModelConfiguration, specification: LoRASpecification, sequences: Int, length: Int, lossTokens: Int
  ) -> Double {
    let tokens = Double(sequences * length)
    let lowest = specification.targets.first?.layer ?? configuration.layers
    var sum = 4 * Double(lossTokens) * Double(configuration.vocabularySize * configuration.hiddenSize)
    // Half of the T×T scores: 2·T·width for scores and values together, per token.
    let attention = 2 * tokens * Double(length) * Double(configuration.queryWidth)
    let targets = Set(specification.targets)
    for layer in 0..<configuration.layers {
      if configuration.attends(layer) { sum += attention + (layer >= lowest ? 2.5 * attention : 0) }
      if let shape = configuration.linearShape(of: layer) {
        // Over a head's state: what it has of a key, what joins it, and what a query finds; seven such passes backward.
        let pass = 2 * tokens * Double(shape.valueHeads * shape.keySize * shape.valueSize)
        sum += 3 * pass + (layer >= lowest ? 7 * pass : 0)
      }
      for module in configuration.modules(of: layer) {
        let shape = module.shape(in: configuration)
        let path = ModulePath(layer: layer, module: module)
        sum += (layer >= lowest ? 4 : 2) * tokens * Double(shape.rows * shape.columns)
        if targets.contains(path) {
          sum += 6 * tokens * Double(specification.rank(of: path) * (shape.rows + shape.columns))
        }
      }
    }
    return sum
  }
}
