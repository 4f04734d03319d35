/// GPT-2's mapping between bytes and printable characters, in which byte-level vocabularies are written.
enum ByteLevelAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var result: [Unicode.Scalar] = []
    var spare: UInt32 = 0
    for byte in UInt32(0)..<256 {
      let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
      result.append(Unicode.Scalar(isPrintable ? byte : 256 + spare) ?? " ")
      if !isPrintable { spare += 1 }
    }
    return result
  }()

  /// The byte of each scalar below `bytes.count`, or −1.
  private static let bytes: [Int16] = {
    var result = [Int16](repeating: -1, count: 324)
    for (byte, scalar) in scalars.enumerated() { result[Int(scalar.value)] = Int16(byte) }
    return result
  }()

  /// The bytes that a token's text, in UTF-8, stands for, or nil if it holds another character.
  static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var iterator = text.makeIterator()
    while let lead = iterator.next() {
      var value = Int(lead)
      if lead >= 0x80 {
        // The alphabet ends below U+0800, so two bytes hold any of it.
        guard (0xC2..<0xE0).contains(lead), let next = iterator.next() else { return nil }
        value = Int(lead & 0x1F) << 6 | Int(next & 0x3F)
      }
      guard value < bytes.count, let byte = UInt8(exactly: bytes[value]) else { return nil }
      result.append(byte)
    }
    return result
  }

  /// What stands for the bytes, in UTF-8.
  static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes {
      let value = scalars[Int(byte)].value
      if value < 0x80 {
        result.append(UInt8(value))
      } else {
        result.append(UInt8(0xC0 | value >> 6))
        result.append(UInt8(0x80 | value & 0x3F))
      }
    }
    return result
  }
}
