import Kernels
import Recipe

/// What adapters take of the memory that a forward pass and decoding need.
extension InferenceMemory {
  /// Bytes that a decoder copies of an adapter: once as prompts need it, in FP32, and once as steps do, with DoRA's factors beside either.
  ///
  /// - Parameter type: that steps read it in.
  public static func copies(
    of specification: LoRASpecification, in configuration: ModelConfiguration, type: AdapterType = .fp32
  ) -> Int {
    let isHalf = type == .bf16 && !specification.useDoRA
    let parts = specification.targets.map { path in
      let shape = path.shape(in: configuration)
      let rank = specification.rank(of: path)
      let factors = factorFloats(of: path, specification, in: configuration)
      // Images go with prompts, and steps have nothing of the tower's.
      return path.isVision
        ? factors
        : AdapterPanels.floats(rank: rank, inputs: shape.columns, outputs: shape.rows) / (isHalf ? 2 : 1) + 2 * factors
    }
    return floats([sum(parts + [specification.parameterCount(in: configuration)])])
  }

  /// Floats that a pass computes a layer's DoRA factors from, with these; 0 without DoRA.
  static func factorFloats(
    of path: ModulePath, _ specification: LoRASpecification, in configuration: ModelConfiguration
  ) -> Int {
    guard specification.useDoRA else { return 0 }
    return DoRAFactors.floats(rank: specification.rank(of: path), outputs: path.shape(in: configuration).rows)
  }

  /// Floats of each token of a prompt: every module's coefficients, and what DoRA's factors multiply, as
  /// `LayerActivations.reserve` has room for the largest of all layers and adapters.
  static func tokenFloats(_ adapters: [LoRASpecification], in configuration: ModelConfiguration) -> Int {
    var ranks: [LinearModule: Int] = [:]
    var products: [LinearModule: Int] = [:]
    for adapter in adapters {
      for path in adapter.targets where !path.isVision {
        ranks[path.module] = max(ranks[path.module] ?? 0, adapter.rank(of: path))
        if adapter.useDoRA { products[path.module] = path.shape(in: configuration).rows }
      }
    }
    return sum(Array(ranks.values) + Array(products.values))
  }

  /// Floats of each sequence of a step: the coefficients of layers that share an input, and what DoRA's factors multiply of one
  /// layer, as `DecodeRoom` has room for the largest of all.
  static func stepFloats(_ adapters: [LoRASpecification], in configuration: ModelConfiguration) -> Int {
    var (rank, product) = (0, 0)
    for adapter in adapters {
      var ranks: [BlockStage: Int] = [:]
      var layer = 0
      for path in adapter.targets where !path.isVision {
        if path.layer != layer { (layer, ranks) = (path.layer, [:]) }
        let stage = BlockStage(path.module)
        ranks[stage, default: 0] += adapter.rank(of: path)
        rank = max(rank, ranks[stage] ?? 0)
        if adapter.useDoRA { product = max(product, path.shape(in: configuration).rows) }
      }
    }
    return rank + product
  }
}
