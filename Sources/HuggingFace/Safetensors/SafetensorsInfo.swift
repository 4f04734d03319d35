/// What a safetensors header says of one tensor.
public struct SafetensorsInfo: Sendable, Equatable {
  public let name: String
  public let type: SafetensorsType
  /// Empty for a scalar.
  public let shape: [Int]
  /// Of its bytes in the file.
  public let byteRange: Range<Int>

  public var elementCount: Int { byteRange.count / type.byteCount }
}
