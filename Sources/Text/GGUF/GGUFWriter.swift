/// Writes GGUF files (version 3, little-endian) as the `gguf` package lays them out: beside their place first, then renamed.
package enum GGUFWriter {
  /// A value of the metadata with the type that it gets.
  package enum Value: Sendable, Equatable {
    case text(String)
    case float(Float)
    case word(UInt32)
    case flag(Bool)

    /// `GGUFValueType` of the `gguf` package.
    fileprivate var code: UInt32 {
      switch self {
      case .word: 4
      case .float: 6
      case .flag: 7
      case .text: 8
      }
    }
  }

  /// A tensor to write. Its bytes are made when they are written.
  package struct Tensor: Sendable {
    package let name: String
    package let type: GGUFType
    /// Outermost dimension first.
    package let shape: [Int]
    fileprivate let bytes: @Sendable () -> [UInt8]

    /// - Parameters:
    ///   - type: without blocks.
    ///   - bytes: as many as the shape holds of the type.
    package init(name: String, type: GGUFType, shape: [Int], bytes: @escaping @Sendable () -> [UInt8]) {
      self.name = name
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    fileprivate var byteCount: Int { shape.reduce(type.layout?.bytes ?? 0, *) }
  }

  private static let alignment = 32

  /// - Parameter metadata: in the order of the file.
  package static func write(path: String, metadata: [(key: String, value: Value)], tensors: [Tensor]) throws {
    var header = Array("GGUF".utf8)
    func put(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { header.append(contentsOf: $0) }
    }
    func put(_ text: String) {
      put(UInt64(text.utf8.count))
      header.append(contentsOf: text.utf8)
    }
    put(UInt32(3))
    put(UInt64(tensors.count))
    put(UInt64(metadata.count))
    for (key, value) in metadata {
      put(key)
      put(value.code)
      switch value {
      case .text(let text): put(text)
      case .float(let number): put(number.bitPattern)
      case .word(let number): put(number)
      case .flag(let flag): put(UInt8(flag ? 1 : 0))
      }
    }
    var offset = 0
    for tensor in tensors {
      put(tensor.name)
      put(UInt32(tensor.shape.count))
      for extent in tensor.shape.reversed() { put(UInt64(extent)) }
      put(tensor.type.code)
      put(UInt64(offset))
      offset += padded(tensor.byteCount)
    }
    header.append(contentsOf: repeatElement(0, count: padded(header.count) - header.count))
    var file = try OutputFile(path: path)
    try file.append(header)
    for tensor in tensors {
      var bytes = tensor.bytes()
      precondition(bytes.count == tensor.byteCount, "tensor \(tensor.name): \(bytes.count) bytes for \(tensor.shape)")
      bytes.append(contentsOf: repeatElement(0, count: padded(bytes.count) - bytes.count))
      try file.append(bytes)
    }
    try file.commit()
  }

  private static func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
