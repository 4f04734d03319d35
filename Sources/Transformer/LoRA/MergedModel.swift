import Kernels
import Recipe

/// An adapter folded into its base.
public enum MergedModel {
  /// The base with W + s·B·A, or DoRA's m ⊙ (W + s·B·A) / ‖W + s·B·A‖, in place of every adapted weight. These are FP32; all
  /// others are the base's own, shared.
  ///
  /// - Parameter keepsElements: merged weights are rounded to the type that they have in the base, as a server would hold them.
  /// - Throws: `AdapterError` for an adapter of another model's shape, or one that is prompt-only.
  public static func merge(
    _ adapter: LoRAAdapter, into base: BaseModel, keepsElements: Bool = false, team: WorkerTeam
  ) throws -> BaseModel {
    guard adapter.configuration == base.configuration else { throw AdapterError.configurationMismatch }
    guard !adapter.specification.promptOnly else { throw AdapterError.promptOnlyMerge }
    func merged(_ blocks: [BlockWeights], isVision: Bool) -> [BlockWeights] {
      blocks.enumerated().map { layer, block in
        var weights: [LinearModule: WeightMatrix] = [:]
        for module in LinearModule.allCases {
          guard let weight = block[module] else { continue }
          let lora = adapter[ModulePath(layer: layer, module: module, isVision: isVision)]
          weights[module] =
            lora.map { lora in
              let merged = self.merged(weight, lora, team: team)
              return keepsElements && weight.element == .bfloat16 ? rounded(merged, team: team) : merged
            } ?? weight
        }
        return block.replacing(weights)
      }
    }
    return try BaseModel(
      configuration: base.configuration, embedding: base.embedding, positionEmbedding: base.positionEmbedding,
      blocks: merged(base.blocks, isVision: false), finalNorm: base.finalNorm, finalNormBias: base.finalNormBias,
      output: base.output === base.embedding ? nil : base.output,
      vision: base.vision.map { $0.replacing(blocks: merged($0.blocks, isVision: true)) })
  }

  private static func merged(_ weight: WeightMatrix, _ lora: LoRAModule, team: WorkerTeam) -> WeightMatrix {
    let result = WeightMatrix(rows: weight.rows, columns: weight.columns, element: .float32)
    let rows = result.floatRows
    let dora = DoRAFactors(weight: weight, lora: lora)
    team.run { w in
      dora?.update(w)
      MatMul.product(
        w, a: lora.bRows, transposeA: false, b: lora.aRows, transposeB: false, into: rows, scale: lora.scaling)
      w.forEachShard((rows.rows + rowsPerShard - 1) / rowsPerShard) { shard in
        let room = w.scratch(floats: rows.columns)
        for row in (shard * rowsPerShard)..<min(rows.rows, (shard + 1) * rowsPerShard) {
          weight.row(row, into: room)
          let target = rows.base + row * rows.stride
          let factor = dora.map { $0.factors.pointer[row] } ?? 1
          for column in 0..<rows.columns { target[column] = factor * (room[column] + target[column]) }
        }
      }
      w.barrier()
    }
    return result
  }

  /// In bfloat16, to nearest, ties to even.
  private static func rounded(_ weight: WeightMatrix, team: WorkerTeam) -> WeightMatrix {
    let result = WeightMatrix(rows: weight.rows, columns: weight.columns, element: .bfloat16)
    team.run { w in
      let source = weight.floatRows.base
      let target = result.base.assumingMemoryBound(to: UInt16.self)
      let columns = weight.columns
      w.forEachShard((weight.rows + rowsPerShard - 1) / rowsPerShard) { shard in
        let first = shard * rowsPerShard * columns
        for place in first..<min(weight.rows * columns, first + rowsPerShard * columns) {
          target[place] = WeightElement.bfloat16(source[place])
        }
      }
      w.barrier()
    }
    return result
  }

  private static let rowsPerShard = 16
}

extension BlockWeights {
  /// The same block with other linear weights.
  func replacing(_ linears: [LinearModule: WeightMatrix]) -> BlockWeights {
    var biases: [LinearModule: FloatBuffer] = [:]
    for module in LinearModule.allCases { biases[module] = bias(of: module) }
    return BlockWeights(
      inputNorm: inputNorm, inputNormBias: inputNormBias, postAttentionNorm: postAttentionNorm,
      postAttentionNormBias: postAttentionNormBias, attentionOutputNorm: attentionOutputNorm,
      feedForwardOutputNorm: feedForwardOutputNorm, queryNorm: queryNorm, keyNorm: keyNorm,
      convolution: convolution, linearAttention: linearAttention, linears: linears, biases: biases)
  }
}

/// How far the logits of a merged model are from those of base and adapter, over some prompts.
public struct LogitComparison: Sendable, Equatable, Codable {
  public var prompts = 0
  /// Tokens after which logits were compared.
  public var positions = 0
  public var largestDifference: Float = 0
  /// The largest logit by magnitude, for scale.
  public var largestLogit: Float = 0
  /// Positions at which both say the same next token.
  public var sameNextToken = 0

  /// - Parameter prompts: empty ones are left out, and of those without images what exceeds the model's positions is cut.
  public static func measure(
    base: BaseModel, adapter: LoRAAdapter, merged: BaseModel, prompts: [Prompt], team: WorkerTeam
  ) throws -> LogitComparison {
    var result = LogitComparison()
    for prompt in prompts where !prompt.tokens.isEmpty {
      let images = prompt.images
      let tokens =
        images.isEmpty ? Array(prompt.tokens.prefix(base.configuration.maxPositions)) : prompt.tokens
      let before = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, images: images, team: team)
      let after = try Scoring.logits(base: merged, adapter: nil, tokens: tokens, images: images, team: team)
      result.prompts += 1
      for (left, right) in zip(before, after) {
        result.positions += 1
        for (a, b) in zip(left, right) {
          result.largestDifference = max(result.largestDifference, abs(a - b))
          result.largestLogit = max(result.largestLogit, abs(a))
        }
        if left.withUnsafeBufferPointer(Sampler.argmax) == right.withUnsafeBufferPointer(Sampler.argmax) {
          result.sameNextToken += 1
        }
      }
    }
    return result
  }
}
