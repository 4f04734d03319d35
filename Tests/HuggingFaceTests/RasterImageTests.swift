import Foundation
import HuggingFace
import TestFiles
import Testing
import Text

@Suite struct RasterImageTests {
  /// Every kind of PNG and JPEG, to the bit as Pillow reads it.
  @Test func decodesAsPillow() throws {
    let goldens = try #require(try Fixtures.json("images/goldens.json")["decoded"]?.object)
    #expect(goldens.members.count == 29)
    for golden in goldens.members {
      let image = try ImageGoldens.image(golden.key)
      let expected = try #require(golden.value.object)
      #expect(image.width == expected.number("width") && image.height == expected.number("height"), "\(golden.key)")
      let text = image.pixels.map { String(format: "%02x", $0) }.joined()
      #expect(text == expected.text("pixels"), "\(golden.key)")
    }
  }

  /// Pillow ends 16-bit grey in white; here its upper bits are kept.
  @Test func sixteenBitGreyKeepsItsUpperBits() throws {
    // Two pixels, 0x1234 and 0xFE80.
    let bytes = try #require(
      Data(
        base64Encoded:
          "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAAAAACB2fwVAAAADUlEQVR4nGMQMvnXAAADZQHFBXYk+gAAAABJRU5ErkJggg=="))
    let image = try RasterImage(encoded: Array(bytes), name: "grey16")
    #expect(image.pixels == [0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE])
  }

  @Test func pngKeepsEveryPixel() throws {
    let image = try ImageGoldens.image("37x23.png")
    #expect(try RasterImage(encoded: image.png(), name: "again") == image)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("p.png")
    try image.writePNG(to: file)
    #expect(try RasterImage(contentsOf: file) == image)
    let missing = refusal { try image.writePNG(to: folder.url.appendingPathComponent("no/p.png")) }
    #expect(missing?.status == 73)
    #expect(refusal { _ = try RasterImage(width: 0, height: 3, pixels: []).png() }?.status == 65)
  }

  /// A header's claim is refused before there is memory for it.
  @Test func absurdSizesAreRefused() throws {
    var png = try ImageGoldens.bytes("rgb8.png")
    png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
    #expect(
      refusal { _ = try RasterImage(encoded: png, name: "a.png") }?.text
        == "a.png: has 2147483647 × 2147483647 pixels, and at most 100 megapixels are read; make it smaller")
    png.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 0, 0, 1])
    #expect(
      refusal { _ = try RasterImage(encoded: png, name: "a.png") }?.text
        == "a.png: has 65536 × 1 pixels, and at most 65535 along a side are read; make it smaller")
    png.replaceSubrange(16..<24, with: [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(
      refusal { _ = try RasterImage(encoded: png, name: "a.png") }?.text.hasPrefix("a.png: is damaged or cut short")
        == true)
    var jpeg = try ImageGoldens.bytes("444.jpg")
    let frame = try #require(
      jpeg.indices.first { jpeg[$0...].starts(with: [0xFF, 0xC0, 0x00, 0x11]) })
    jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(
      refusal { _ = try RasterImage(encoded: jpeg, name: "a.jpg") }?.text
        == "a.jpg: has 65500 × 65500 pixels, and at most 100 megapixels are read; make it smaller")
  }

  @Test(arguments: ["rgb8.png", "rgb8-interlaced.png", "420.jpg", "progressive.jpg"])
  func cutFilesAreNamed(_ name: String) throws {
    let bytes = try ImageGoldens.bytes(name)
    for count in [4, 20, bytes.count / 2, bytes.count - 14] {
      let error = refusal { _ = try RasterImage(encoded: Array(bytes.prefix(count)), name: "d/\(name)") }
      #expect(error?.text.hasPrefix("d/\(name): is ") == true, "\(count) bytes: \(error?.text ?? "read")")
      #expect(error?.text.contains("\n") == false && error?.status == 65)
    }
  }

  @Test func bytesBetweenSegmentsChangeNothing() throws {
    let bytes = try ImageGoldens.bytes("444.jpg")
    let padded = Array(bytes.dropLast(2)) + [0, 0, 0] + bytes.suffix(2)
    #expect(try RasterImage(encoded: padded, name: "p") == ImageGoldens.image("444.jpg"))
  }

  @Test func whatIsNoPictureIsRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("GIF89a", "a.gif")
    #expect(
      refusal { _ = try RasterImage(contentsOf: text) }?.text
        == "\(text.path): is not a PNG or JPEG picture; convert it to one of these")
    #expect(
      refusal { _ = try RasterImage(contentsOf: try folder.write("", "e.png")) }?.text
        == "\(folder.file("e.png")): is empty; save or copy the picture again")
    #expect(refusal { _ = try RasterImage(contentsOf: folder.url.appendingPathComponent("none.png")) }?.status == 66)
    // There is no end of this one.
    #expect(refusal { _ = try RasterImage(contentsOf: URL(filePath: "/dev/zero")) }?.text == "/dev/zero: is not a file")
    #expect(refusal { _ = try RasterImage(contentsOf: folder.url) }?.status == 66)
  }

  /// A picture's texts and profiles may claim any length; they are read for nothing.
  @Test(arguments: ["tEXt", "zTXt", "iCCP", "iTXt", "eXIf", "sPLT"])
  func chunksOfAnyLength(_ name: String) throws {
    var bytes = try ImageGoldens.bytes("rgb8.png")
    bytes.insert(contentsOf: [0x7F, 0xFF, 0xFF, 0xFF] + Array(name.utf8) + Array("key\0\0abcdefgh".utf8), at: 33)
    let refused = try #require(refusal { _ = try RasterImage(encoded: bytes, name: "picture") })
    #expect(refused.text.hasPrefix("picture: ") && !refused.text.contains("\n"))
  }

  /// What stands in the rows of a Parquet file is what the pictures' files would be.
  @Test func picturesStandInTheRows() throws {
    let file = try DataFile.read(Fixtures.folder("parquet/pictures.parquet"))
    #expect(file.detected == "prompt/completion (question → answer), 3 examples, 3 pictures")
    for (index, record) in file.records.enumerated() {
      let picture = try #require(record.pictures.first).decoded()
      #expect(Array(picture.pixels.prefix(3)) == [UInt8(40 * index), 7, UInt8(255 - 40 * index)])
    }
  }
}
