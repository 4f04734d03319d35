import Foundation
import HuggingFace
import TestFiles
import Text

/// What Pillow and transformers made of the pictures in Tests/Fixtures/images.
enum ImageGoldens {
  static let pictures = Fixtures.folder("images/pictures")
  static let processor = Fixtures.folder("images/processor")

  static func list(_ name: String) throws -> [JSONObject] {
    try Fixtures.json("images/goldens.json")[name]?.array?.compactMap(\.object) ?? []
  }

  static func image(_ name: String) throws -> RasterImage {
    try RasterImage(contentsOf: pictures.appendingPathComponent(name))
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: pictures.appendingPathComponent(name)))
  }

  static func sha256(_ values: [Float]) throws -> String {
    try SHA256.hex(values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } })
  }
}
