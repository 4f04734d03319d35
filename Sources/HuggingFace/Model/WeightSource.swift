import Foundation
import Kernels
import Text
import Transformer

/// Where a model's weights come from, under the names that transformers gives them.
protocol WeightSource {
  /// File or folder, for messages.
  var place: String { get }
  /// Of everything that is there; what no model of this kind has is named as the file names it.
  var names: [String] { get }
  func has(_ name: String) -> Bool
  /// Elements, and their type in memory; nil for what is not there.
  func extent(of name: String) -> (elements: Int, element: WeightElement)?
  /// What a person should know of the types that weights have in the file, a line each.
  func notices(of weights: Set<String>) -> [String]
  /// Why a weight that is there cannot be read; nil for one that can.
  func problem(with name: String) -> (any Error)?
  /// A matrix in its own memory; parameters as those of `SafetensorsFile.matrix`.
  func matrix(_ name: String, rows: Int, columns: Int, transposed: Bool, shape: [Int]?) throws -> WeightMatrix
  func vector(_ name: String, count: Int) throws -> FloatBuffer
  /// Whether a weight is the same matrix, value for value.
  func holds(_ matrix: WeightMatrix, as name: String) throws -> Bool
  /// For a weight that the model needs and that is not there.
  func missing(_ name: String) -> any Error
  /// For something that a model of this kind has no place for.
  func stranger(_ name: String, in modelType: String) -> any Error
  /// Of a weight, with the file that has it.
  func error(_ name: String, _ reason: String) -> any Error
}

extension WeightFiles: WeightSource {
  var place: String { folder.path }

  func has(_ name: String) -> Bool { file(of: name) != nil }

  func extent(of name: String) -> (elements: Int, element: WeightElement)? {
    info(name).map { ($0.elementCount, $0.shape.count > 1 && $0.type == .bf16 ? .bfloat16 : .float32) }
  }

  func notices(of weights: Set<String>) -> [String] {
    let rounded = weights.filter { info($0)?.type == .f64 }
    if rounded.isEmpty { return [] }
    return ["\(place): \(rounded.count) of its \(weights.count) weights are F64 and are rounded to FP32"]
  }

  func problem(with name: String) -> (any Error)? {
    guard let info = info(name), !SafetensorsType.floating.contains(info.type) else { return nil }
    return error(
      name,
      "type \(info.type.rawValue) is not F32, F16, BF16 or F64: are the weights quantised? use the model that they were made from"
    )
  }

  func matrix(_ name: String, rows: Int, columns: Int, transposed: Bool, shape: [Int]?) throws -> WeightMatrix {
    try existing(name).matrix(name, rows: rows, columns: columns, transposed: transposed, shape: shape)
  }

  func vector(_ name: String, count: Int) throws -> FloatBuffer { try existing(name).vector(name, count: count) }

  func holds(_ matrix: WeightMatrix, as name: String) throws -> Bool {
    try existing(name).holds(matrix, as: name)
  }

  func missing(_ name: String) -> any Error {
    SafetensorsError.tensor(place, name, "is missing; does config.json belong to these weights?")
  }

  func stranger(_ name: String, in modelType: String) -> any Error {
    error(name, "is not part of a \(modelType) model of this config.json; the model is of another kind")
  }

  func error(_ name: String, _ reason: String) -> any Error {
    SafetensorsError.tensor(file(of: name)?.path ?? "", name, reason)
  }

  private func existing(_ name: String) throws -> SafetensorsFile {
    guard let file = file(of: name) else { throw missing(name) }
    return file
  }
}
