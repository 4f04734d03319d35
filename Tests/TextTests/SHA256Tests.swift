import Testing
import Text

/// The examples of FIPS 180-2, appendix B, and lengths around a block's end.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(_ text: String, _ digest: String) throws {
    #expect(try SHA256.hex(Array(text.utf8)) == digest)
  }

  @Test func aMillionLetters() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(try SHA256.hex(bytes) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesGiveTheSame() throws {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for piece in [1, 3, 63, 64, 65, 127, 200] {
      let hash = try SHA256()
      for start in stride(from: 0, to: bytes.count, by: piece) {
        try hash.update(Array(bytes[start..<min(bytes.count, start + piece)]))
      }
      #expect(try hash.finish() == SHA256.hex(bytes))
    }
  }
}
