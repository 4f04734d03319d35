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

  static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    guard Int(scalar.value) < bytes.count else { return nil }
    return UInt8(exactly: bytes[Int(scalar.value)])
  }

  /// The bytes that a token's text stands for, or nil if it holds another character.
  static func bytes(of text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = byte(of: scalar) else { return nil }
      result.append(byte)
    }
    return result
  }

  static func text(of bytes: some Sequence<UInt8>) -> String {
    var result = String.UnicodeScalarView()
    for byte in bytes { result.append(scalars[Int(byte)]) }
    return String(result)
  }
}
