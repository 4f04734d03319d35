import Kernels
import Transformer

/// The values of an adapter's modules in its weights file.
struct PEFTTensors {
  let file: SafetensorsFile
  let names: PEFTFileNames
  let configuration: ModelConfiguration
  let hasMagnitudes: Bool

  /// Whether the file has the tensors of a module, in the shapes that it needs.
  func check(_ source: PEFTSource) throws {
    let modules: [PEFTModule] =
      switch source {
      case .own(let module), .part(let module, _): [module]
      case .parts(let parts): parts.map(\.module)
      }
    for module in modules {
      for (name, shape) in shapes(of: module) { _ = try existing(name, shape) }
    }
  }

  /// Fills a module and returns the names of the tensors that it was filled from.
  func fill(_ module: LoRAModule, from source: PEFTSource) throws -> [String] {
    switch source {
    case .own(let own):
      let values = try values(of: own)
      copy(values.a, to: module.a.pointer)
      copy(values.b, to: module.b.pointer)
      if let magnitude = module.magnitude { copy(values.magnitude, to: magnitude.pointer) }
      return values.names
    case .part(let whole, let rows):
      let values = try values(of: whole)
      copy(values.a, to: module.a.pointer)
      copy(Array(values.b[(rows.lowerBound * module.rank)..<(rows.upperBound * module.rank)]), to: module.b.pointer)
      if let magnitude = module.magnitude { copy(Array(values.magnitude[rows]), to: magnitude.pointer) }
      return values.names
    case .parts(let parts):
      var names: [String] = []
      var first = 0
      for (part, factor, rows) in parts {
        let values = try values(of: part)
        copy(values.a, to: module.a.pointer + first * module.columns)
        for row in 0..<rows.count {
          for column in 0..<part.rank {
            module.b.pointer[(rows.lowerBound + row) * module.rank + first + column] =
              factor * values.b[row * part.rank + column]
          }
        }
        if let magnitude = module.magnitude { copy(values.magnitude, to: magnitude.pointer + rows.lowerBound) }
        first += part.rank
        names += values.names
      }
      if let magnitude = module.magnitude, parts.reduce(0, { $0 + $1.rows.count }) < magnitude.count {
        throw SafetensorsError.tensor(
          file.path, names.last ?? "",
          "belongs to a DoRA adapter of a part of \(configuration.name(of: module.path)), which needs all parts here")
      }
      return names
    }
  }

  private struct Values {
    var a: [Float]
    var b: [Float]
    var magnitude: [Float]
    var names: [String]
  }

  /// A, B and, for DoRA, the magnitudes.
  private func shapes(of module: PEFTModule) -> [(name: String, shape: [Int])] {
    let shape = module.path.shape(in: configuration)
    let names = PEFTTensorNames(module: module.name)
    let factors = [(names.a, [module.rank, shape.columns]), (names.b, [shape.rows, module.rank])]
    return hasMagnitudes ? factors + [(names.magnitude, [shape.rows])] : factors
  }

  private func values(of module: PEFTModule) throws -> Values {
    let shapes = shapes(of: module)
    let values = try shapes.map { try floats($0.name, $0.shape) }
    return Values(
      a: values[0], b: values[1], magnitude: values.count > 2 ? values[2] : [],
      names: shapes.compactMap { names($0.name) })
  }

  private func existing(_ name: String, _ shape: [Int]) throws -> SafetensorsInfo {
    guard let info = names(name).flatMap(file.info) else {
      throw SafetensorsError.tensor(file.path, name, "is missing, though adapter_config.json names its module")
    }
    guard info.shape == shape else {
      throw SafetensorsError.tensor(
        file.path, name, "has shape \(info.shape), expected \(shape); is this the adapter's base model?")
    }
    return info
  }

  private func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    let values = try file.floats(try existing(name, shape).name)
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      let columns = shape.count > 1 ? shape[1] : 1
      throw SafetensorsError.tensor(
        file.path, name,
        "element [\(place / columns), \(place % columns)] is not a finite number; the adapter is damaged")
    }
    return values
  }

  private func copy(_ values: [Float], to target: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { target.update(from: base, count: source.count) }
    }
  }
}
