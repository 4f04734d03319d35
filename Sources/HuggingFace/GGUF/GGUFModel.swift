import Foundation
import Text
import Transformer

/// A base model in one GGUF file.
struct GGUFModel {
  let configuration: ModelConfiguration
  private let weights: GGUFWeights

  /// - Parameter exact: what is quantised becomes FP32, not BF16.
  init(path: String, exact: Bool = false) throws {
    let file = try GGUFFile(path: path)
    let reader = try GGUFConfiguration(file)
    configuration = try reader.configuration()
    weights = GGUFWeights(
      file: file, configuration: configuration, architecture: reader.architecture, exact: exact)
  }

  /// The model at a place, if that is a GGUF file or a folder with one; nil for what is to be read in another way.
  static func at(_ place: URL, exact: Bool = false) throws -> GGUFModel? {
    try GGUFFile.path(of: place).map { try GGUFModel(path: $0, exact: exact) }
  }

  func loader(_ progress: ((Double) -> Void)?) throws -> WeightLoader {
    try WeightLoader(files: weights, configuration: configuration, notices: notices, progress: progress)
  }

  /// What was rounded to what, and what that means for an adapter.
  private var notices: [String] {
    let matrices = weights.file.tensors.filter { $0.shape.count > 1 }
    let counts = Dictionary(grouping: matrices, by: \.type).mapValues(\.count)
    let list = counts.sorted { ($1.value, $0.key.code) < ($0.value, $1.key.code) }.map { "\($0.value) \($0.key.name)" }
    let quantised = matrices.filter(\.type.isQuantised)
    var lines = ["\(weights.file.path): a GGUF file of \(matrices.count) matrices: \(list.joined(separator: ", "))"]
    if !quantised.isEmpty {
      lines.append(
        "\(weights.file.path): the quantised ones are held in \(weights.exact ? "FP32" : "BF16"), no more exact than the file has them; "
          + "an adapter that is trained on them fits these weights, and not quite those that the file was made from")
    }
    return lines
  }
}
