/// A cyclic redundancy check of 32 bits, bits reflected, all ones before and after.
struct CRC {
  private let table: [UInt32]

  /// - Parameter polynomial: reflected.
  init(_ polynomial: UInt32) {
    table = (0..<256).map { (byte: UInt32) in
      (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
    }
  }

  func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}

/// CRC-32 (IEEE 802.3), as zlib computes it.
package enum CRC32 {
  private static let crc = CRC(0xEDB8_8320)

  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 { crc.checksum(bytes) }
}

/// CRC-32C (Castagnoli, RFC 3720) and TFRecord's masking of it.
package enum CRC32C {
  private static let crc = CRC(0x82F6_3B78)

  package static func checksum(_ bytes: [UInt8]) -> UInt32 { crc.checksum(bytes) }

  /// A checksum of data that holds checksums itself would be of little use: it is turned and shifted.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
