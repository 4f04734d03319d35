/// A file of scalars as TensorBoard reads it: records of TFRecord with events in protobuf (tensorflow/core/util/event.proto,
/// framework/summary.proto), of which no more is written than a scalar has.
package struct EventFile: Sendable {
  package private(set) var bytes: [UInt8] = []

  /// - Parameter time: seconds since 1970.
  package init(time: Double) {
    var event = Message()
    event.double(1, time)
    event.text(3, "brain.Event:2")
    append(event.bytes)
  }

  /// - Parameter time: seconds since 1970.
  package mutating func add(_ tag: String, _ value: Float, step: Int, time: Double) {
    var scalar = Message()
    scalar.text(1, tag)
    scalar.float(2, value)
    var summary = Message()
    summary.bytes(1, scalar.bytes)
    var event = Message()
    event.double(1, time)
    event.varint(2, UInt64(max(0, step)))
    event.bytes(5, summary.bytes)
    append(event.bytes)
  }

  /// Length, its checksum, the record, its checksum; little-endian.
  private mutating func append(_ record: [UInt8]) {
    let length = Self.littleEndian(UInt64(record.count))
    bytes += length + Self.littleEndian(CRC32C.masked(length))
    bytes += record + Self.littleEndian(CRC32C.masked(record))
  }

  fileprivate static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// Protobuf's wire format.
  private struct Message {
    var bytes: [UInt8] = []

    mutating func varint(_ field: Int, _ value: UInt64) {
      key(field, 0)
      raw(value)
    }

    mutating func double(_ field: Int, _ value: Double) {
      key(field, 1)
      bytes += EventFile.littleEndian(value.bitPattern)
    }

    mutating func float(_ field: Int, _ value: Float) {
      key(field, 5)
      bytes += EventFile.littleEndian(value.bitPattern)
    }

    mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

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
}

/// CRC-32C (Castagnoli, RFC 3720) and TFRecord's masking of it.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// A checksum of data that holds checksums itself would be of little use: it is turned and shifted.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
