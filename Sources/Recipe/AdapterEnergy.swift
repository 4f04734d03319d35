import Foundation

/// How much an adapter changes each linear layer of the base: ‖s·B·A‖², the squared Frobenius norm of what is added to the weight, with
/// s the adapter's scaling (alpha ÷ rank, or alpha ÷ √rank). By module and layer, as a heatmap shows it.
public struct AdapterEnergy: Hashable, Codable, Sendable {
  /// One kind of linear layer in all blocks.
  public struct Row: Hashable, Codable, Sendable {
    public var module: LinearModule
    /// Its blocks are those of the vision tower.
    public var isVision: Bool
    /// One value a block; negative where the block has no adapter here.
    private var values: [Float]

    init(module: LinearModule, isVision: Bool, values: [Float]) {
      self.module = module
      self.isVision = isVision
      self.values = values
    }

    /// Blocks of the decoder, or of the tower.
    public var layers: Int { values.count }

    /// ‖s·B·A‖² of a block, infinite where it is not a finite number; nil where the block has no adapter here.
    public subscript(layer: Int) -> Float? {
      values.indices.contains(layer) && values[layer] >= 0 ? values[layer] : nil
    }

    fileprivate var stored: [Float] { values }
  }

  /// Optimiser steps that the adapter had then.
  public var step: Int
  /// In the order in which a forward pass meets them, the decoder's first. Modules without any adapter are left out.
  public var rows: [Row]

  /// It has no more rows and layers than a model has, so that it can be stored.
  package var isStorable: Bool {
    step >= 0 && rows.count <= 2 * LinearModule.allCases.count && rows.allSatisfy { $0.layers <= Self.mostLayers }
  }

  /// - Parameter energies: of each adapted layer.
  public init(step: Int, energies: [ModulePath: Double], in linears: ModelLinears) {
    self.step = step
    rows = [(false, linears.decoder.count), (true, linears.vision?.count ?? 0)].flatMap { isVision, layers in
      LinearModule.allCases.compactMap { module in
        let values = (0..<layers).map { layer in
          energies[ModulePath(layer: layer, module: module, isVision: isVision)].map(Self.float) ?? -1
        }
        return values.contains { $0 >= 0 } ? Row(module: module, isVision: isVision, values: values) : nil
      }
    }
  }

  private static func float(_ energy: Double) -> Float {
    let value = Float(energy)
    return value.isFinite ? max(0, value) : .infinity
  }

  /// ‖s·B·A‖² of one layer; nil where it has no adapter.
  public subscript(path: ModulePath) -> Float? {
    rows.first { $0.module == path.module && $0.isVision == path.isVision }?[path.layer]
  }

  /// Of all layers together.
  public var total: Double {
    rows.reduce(0) { sum, row in
      (0..<row.layers).reduce(sum) { $0 + Double(row[$1] ?? 0) }
    }
  }
}

/// As a store keeps it: a kilobyte for two hundred layers, where JSON would be ten.
extension AdapterEnergy {
  /// A later form that this one cannot be read as has another.
  private static let format: UInt8 = 1
  /// More is an error: no model has so many blocks.
  private static let mostLayers = 1 << 14

  /// Format, step, rows; of each row module, tower or not, blocks, and a Float for each; little-endian.
  public var bytes: Data {
    var data = Data([Self.format])
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append(Int64(step))
    append(UInt16(rows.count))
    for row in rows {
      append(UInt8(row.module.index))
      append(UInt8(row.isVision ? 1 : 0))
      append(UInt16(row.layers))
      for value in row.stored { append(value.bitPattern) }
    }
    return data
  }

  /// Nil for what is not whole.
  public init?(bytes: Data) {
    var rest = ArraySlice(bytes)
    func next<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
      let size = MemoryLayout<Value>.size
      guard rest.count >= size else { return nil }
      defer { rest = rest.dropFirst(size) }
      return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }
    guard next(UInt8.self) == Self.format, let step = next(Int64.self), step >= 0, let count = next(UInt16.self) else {
      return nil
    }
    self.step = Int(step)
    rows = []
    for _ in 0..<count {
      guard let index = next(UInt8.self), let module = LinearModule.allCases.first(where: { $0.index == Int(index) }),
        let tower = next(UInt8.self), tower < 2, let layers = next(UInt16.self), layers <= Self.mostLayers,
        rest.count >= 4 * Int(layers)
      else { return nil }
      var values: [Float] = []
      values.reserveCapacity(Int(layers))
      for _ in 0..<layers {
        guard let bits = next(UInt32.self), case let value = Float(bitPattern: bits), !value.isNaN else { return nil }
        values.append(value)
      }
      rows.append(Row(module: module, isVision: tower == 1, values: values))
    }
    guard rest.isEmpty else { return nil }
  }
}
