/// Protobuf's wire format, of which no more is here than the files that are written need.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ field: Int, _ value: UInt64) {
    key(field, 0)
    raw(value)
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, 1)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ value: ProtobufMessage) { bytes(field, value.bytes) }

  mutating func bytes(_ field: Int, _ value: [UInt8]) {
    key(field, 2)
    raw(UInt64(value.count))
    bytes += value
  }

  private mutating func key(_ field: Int, _ type: UInt64) { raw(UInt64(field) << 3 | type) }

  private mutating func raw(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
