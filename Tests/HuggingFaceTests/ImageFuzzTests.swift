import Foundation
import HuggingFace
import Recipe
import Testing
import Text
import Transformer

/// Damaged pictures: an error of one line, or a picture.
@Suite struct ImageFuzzTests {
  private func tries(_ bytes: [UInt8]) throws {
    do {
      let image = try RasterImage(encoded: bytes, name: "picture")
      #expect(image.pixels.count == 3 * image.width * image.height)
    } catch {
      #expect(!error.description.contains("\n") && error.description.hasPrefix("picture: "))
    }
  }

  @Test(arguments: [
    "rgb8.png", "rgb8-interlaced.png", "rgba16.png", "palette2.png", "grey1.png", "turned.png", "420.jpg",
    "progressive.jpg", "cmyk.jpg", "turned6.jpg", "grey.jpg",
  ])
  func damagedBytes(_ name: String) throws {
    let original = try ImageGoldens.bytes(name)
    var generator = SplitMix64(seed: name.utf8.reduce(3) { $0 &* 31 &+ UInt64($1) })
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 3) where !bytes.isEmpty {
        // Half of them at the beginning, where the tables are; sizes stay as they are, which have a test of their own.
        let reach = generator.next() % 2 == 0 ? bytes.count : min(bytes.count, 60)
        let place = Int(generator.next() % UInt64(reach))
        switch generator.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[place] ^= 1 << UInt8(generator.next() % 8)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 40)))
        default: bytes.insert(contentsOf: bytes.prefix(Int(generator.next() % 30)), at: place)
        }
      }
      // A header may claim up to 100 megapixels, which is right and slow.
      if Self.claimedPixels(bytes) > 1_000_000 { continue }
      try tries(bytes)
    }
  }

  static func claimedPixels(_ bytes: [UInt8]) -> Int {
    func number(_ range: Range<Int>) -> Int {
      range.upperBound <= bytes.count ? bytes[range].reduce(0) { $0 << 8 | Int($1) } : 0
    }
    if bytes.starts(with: [0x89, 0x50]) { return number(16..<20).multipliedReportingOverflow(by: number(20..<24)).0 }
    let frames = bytes.indices.dropLast(9).filter { bytes[$0] == 0xFF && [0xC0, 0xC1, 0xC2].contains(bytes[$0 + 1]) }
    return frames.map { number(($0 + 5)..<($0 + 7)) * number(($0 + 7)..<($0 + 9)) }.max() ?? 0
  }

  /// Whatever is in an EXIF block, the picture is read; by a broken block it is not turned.
  @Test func damagedOrientation() throws {
    let original = try ImageGoldens.bytes("turned6.jpg")
    let start = try #require(original.indices.first { original[$0...].starts(with: "Exif".utf8) })
    let upright = try ImageGoldens.image("turned1.jpg")
    var generator = SplitMix64(seed: 11)
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<2 { bytes[start + 6 + Int(generator.next() % 26)] = UInt8(truncatingIfNeeded: generator.next()) }
      let image = try RasterImage(encoded: bytes, name: "picture")
      #expect(image.width * image.height == upright.width * upright.height)
    }
  }
}
