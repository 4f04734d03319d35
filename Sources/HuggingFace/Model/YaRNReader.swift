import Foundation
import Transformer

/// Reads YaRN (arXiv 2309.00071) as transformers' `_compute_yarn_parameters` does: which frequencies are stretched, and by how much
/// the scores grow for it.
struct YaRNReader {
  static let fields: Set<String> = [
    "factor", "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim",
    "original_max_position_embeddings",
    "truncate",
  ]

  let parameters: ConfigurationFields
  let maxPositions: Int
  /// The length before scaling by the field outside of the parameters, which wins over theirs.
  var originalOutside: Int?
  /// Each type of layer has parameters of its own, and `truncate` among them is not seen: transformers looks for it one level above.
  var isNested = false

  func ignoresTruncate() throws(ModelFolderError) -> Bool {
    guard isNested else { return false }
    return try !parameters.flag("truncate", default: true)
  }

  func scaling() throws(ModelFolderError) -> RotaryDescription.Scaling {
    let inside = try parameters.size("original_max_position_embeddings", default: maxPositions)
    let original = Double(originalOutside ?? inside)
    let factor = try factor(original)
    return .yarn(
      factor: factor, betaFast: try beta("beta_fast", default: 32), betaSlow: try beta("beta_slow", default: 1),
      originalPositions: original, attentionFactor: try attentionFactor(factor),
      truncates: try parameters.flag("truncate", default: true) || isNested)
  }

  /// null, unlike an absent field, is the model's length over the one before scaling.
  private func factor(_ original: Double) throws(ModelFolderError) -> Double {
    if let value = parameters.object["factor"], value.isNull { return Double(maxPositions) / original }
    return try parameters.number("factor")
  }

  /// Zero is as good as absent.
  private func beta(_ name: String, default standard: Double) throws(ModelFolderError) -> Double {
    let value = try parameters.number(name, default: standard)
    return value == 0 ? standard : value
  }

  private func attentionFactor(_ factor: Double) throws(ModelFolderError) -> Double {
    if let given = try parameters.numberIfPresent("attention_factor") { return given }
    func growth(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
    let scale = try parameters.number("mscale", default: 0)
    let all = try parameters.number("mscale_all_dim", default: 0)
    return scale != 0 && all != 0 ? growth(scale) / growth(all) : growth(1)
  }
}

extension RotaryReader {
  /// What Ministral 3's configuration class assumes where `config.json` says nothing of rotary embeddings.
  var ministral: Result {
    Result(
      rotary: RotaryDescription(
        theta: theta,
        scaling: .yarn(
          factor: 16, betaFast: 32, betaSlow: 1, originalPositions: 16_384, attentionFactor: 1, truncates: true)),
      longest: 16_384)
  }
}
