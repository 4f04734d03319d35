import CPNG
import Text

/// PNG in and out, through libpng.
enum PNG {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Signature, and the length and kind of the first chunk, which is always the header.
  private static let headerStart = 16

  static func isPNG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  static func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> RasterImage {
    guard bytes.count >= headerStart + 8, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw .damaged(name, "it has no header")
    }
    func number(_ offset: Int) -> UInt32 {
      bytes[(headerStart + offset)..<(headerStart + offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let (width, height) = (number(0), number(4))
    try RasterImage.check(width: Int(width), height: Int(height), name: name)
    try checkChunks(bytes, name: name)
    var failure: String?
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * Int(width) * Int(height)) { buffer, count in
      // Interlaced pictures are put together in place.
      buffer.initialize(repeating: 0)
      count = buffer.count
      failure = bytes.withUnsafeBufferPointer { input in
        var source = cpng_source()
        source.bytes = input.baseAddress
        source.count = input.count
        guard cpng_decode(&source, width, height, buffer.baseAddress) == 0 else { return nil }
        return withUnsafeBytes(of: &source.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      }
    }
    if let failure { throw .damaged(name, failure) }
    return RasterImage(width: Int(width), height: Int(height), pixels: pixels)
  }

  /// libpng sets aside what a chunk claims to be long, before it reads any of it.
  private static func checkChunks(_ bytes: [UInt8], name: String) throws(ImageError) {
    var place = signature.count
    while place + 8 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 8 else { throw .damaged(name, "the file ends too early") }
      if bytes[(place + 4)..<(place + 8)].elementsEqual("IEND".utf8) { return }
      place += 12 + length
    }
  }

  /// 8-bit red, green and blue, without alpha.
  static func encode(_ image: RasterImage) throws(ImageError) -> [UInt8] {
    var header = png_image()
    header.version = UInt32(PNG_IMAGE_VERSION)
    guard let width = UInt32(exactly: image.width), let height = UInt32(exactly: image.height) else {
      throw .data("PNG", "cannot hold \(image.width) × \(image.height) pixels")
    }
    header.width = width
    header.height = height
    header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    // The first call says how much room the second one needs.
    var size = 0
    guard png_image_write_to_memory(&header, nil, &size, 0, image.pixels, 0, nil) != 0 else {
      throw failure(&header, image)
    }
    var done = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      done = png_image_write_to_memory(&header, buffer.baseAddress, &size, 0, image.pixels, 0, nil) != 0
      count = done ? size : 0
    }
    guard done else { throw failure(&header, image) }
    return bytes
  }

  private static func failure(_ header: inout png_image, _ image: RasterImage) -> ImageError {
    let reason = withUnsafeBytes(of: &header.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return .data("PNG", "\(image.width) × \(image.height) pixels cannot be written: \(reason)")
  }
}
