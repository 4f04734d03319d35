import CPNG
import CTurboJPEG
import Foundation
import Recipe
import Text

extension RasterImage {
  /// The most pixels that are read: a small file can claim any size.
  public static let mostPixels = 100_000_000
  /// The most pixels along a side, JPEG's own limit: resizing needs tables as long as a side.
  static let mostPixelsOfASide = 65_535
  /// The most bytes of a file that are read.
  static let mostBytes = 1 << 29

  /// Reads a PNG or JPEG file.
  ///
  /// - Throws: `ImageError` with the path, `FileError`.
  public init(contentsOf file: URL) throws {
    try self.init(encoded: Self.bytes(of: file.path), name: file.path)
  }

  /// Decodes PNG or JPEG to upright 8-bit red, green and blue, as transformers' `load_image` does through Pillow: alpha is dropped,
  /// not laid over a colour; gamma and colour profiles are left alone; the orientation that a camera noted is applied.
  /// Unlike there, 16-bit grey keeps its upper 8 bits instead of ending in white.
  ///
  /// - Parameter name: of the picture in messages.
  public init(encoded bytes: [UInt8], name: String) throws(ImageError) {
    let orientation: Int?
    var image: RasterImage
    if PNG.isPNG(bytes) {
      orientation = ExifOrientation.ofPNG(bytes)
      image = try PNG.decode(bytes, name: name)
    } else if JPEG.isJPEG(bytes) {
      orientation = ExifOrientation.ofJPEG(bytes)
      image = try JPEG.decode(bytes, name: name)
    } else if bytes.isEmpty {
      throw .data(name, "is empty; save or copy the picture again")
    } else {
      throw .data(name, "is not a PNG or JPEG picture; convert it to one of these")
    }
    if let orientation { image = image.upright(from: orientation) }
    self = image
  }

  /// Refuses what a header claims before anything is allocated for it.
  static func check(width: Int, height: Int, name: String) throws(ImageError) {
    guard width >= 1, height >= 1 else { throw .damaged(name, "it has no pixels") }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= mostPixels else {
      throw .data(
        name,
        "has \(width) × \(height) pixels, and at most \(mostPixels / 1_000_000) megapixels are read; make it smaller")
    }
    guard max(width, height) <= mostPixelsOfASide else {
      throw .data(
        name, "has \(width) × \(height) pixels, and at most \(mostPixelsOfASide) along a side are read; make it smaller"
      )
    }
  }

  /// The bytes of a regular file: of a device or a pipe there might be no end.
  static func bytes(of path: String) throws -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError.open(path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw ImageError.missing(path, "is not a file") }
    guard status.st_size <= mostBytes else {
      throw ImageError.data(path, "has over \(mostBytes >> 20) MiB, which no picture of a size that is read needs")
    }
    return try InputFile.whole(path)
  }
}

extension ImageSource {
  /// - Throws: `ImageError`, `FileError`, naming the picture.
  public func decoded() throws -> RasterImage {
    switch self {
    case .raster(let image): image
    case .file(let path): try RasterImage(contentsOf: URL(fileURLWithPath: path))
    case .encoded(let bytes, let name): try RasterImage(encoded: bytes, name: name)
    }
  }
}

extension RasterImage {
  /// As a PNG file.
  ///
  /// - Throws: `ImageError` for an image without pixels or too large for libpng.
  public func png() throws -> [UInt8] { try PNG.encode(self) }

  /// Writes a PNG file: beside it first, then renamed.
  ///
  /// - Throws: `ImageError`, `FileError`.
  public func writePNG(to file: URL) throws { try OutputFile.save(try png(), to: file.path) }
}

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

/// JPEG in, through libjpeg-turbo.
enum JPEG {
  static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  static func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> RasterImage {
    guard let decoder = tjInitDecompress() else { throw .data(name, "cannot be decoded: out of memory") }
    defer { tjDestroy(decoder) }
    var (width, height): (Int32, Int32) = (0, 0)
    var (subsampling, space): (Int32, Int32) = (0, 0)
    guard
      tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &space) == 0
    else { throw .damaged(name, reason(decoder)) }
    try RasterImage.check(width: Int(width), height: Int(height), name: name)
    // libjpeg makes four inks of the two colour spaces that have them, and leaves their mixing to others.
    let isInk = space == TJCS_CMYK.rawValue || space == TJCS_YCCK.rawValue
    let format = isInk ? TJPF_CMYK : TJPF_RGB
    let channels = isInk ? 4 : 3
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: channels * Int(width) * Int(height)) { buffer, count in
      buffer.initialize(repeating: 0)
      count = buffer.count
      status = tjDecompress2(
        decoder, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, format.rawValue,
        TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    }
    if status != 0, !isHarmless(decoder) { throw .damaged(name, reason(decoder)) }
    return RasterImage(width: Int(width), height: Int(height), pixels: isInk ? mixed(pixels) : pixels)
  }

  private static func reason(_ decoder: tjhandle) -> String {
    tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no reason given"
  }

  /// Some cameras leave bytes between segments, which change no pixel.
  private static func isHarmless(_ decoder: tjhandle) -> Bool {
    tjGetErrorCode(decoder) == TJERR_WARNING.rawValue && reason(decoder).contains("extraneous bytes before marker")
  }

  /// As Pillow mixes inks, which JPEG files hold inverted.
  private static func mixed(_ inks: [UInt8]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(inks.count / 4 * 3)
    for start in stride(from: 0, to: inks.count, by: 4) {
      let light = Int(inks[start + 3])
      for ink in inks[start..<(start + 3)] {
        let product = (255 - Int(ink)) * light + 128
        let covered = ((product >> 8) + product) >> 8
        pixels.append(UInt8(max(0, min(255, light - covered))))
      }
    }
    return pixels
  }
}

/// A picture that cannot be used: which one, what is wrong, what to do.
public struct ImageError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func data(_ name: String, _ reason: String) -> ImageError {
    ImageError(description: "\(name): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func missing(_ name: String, _ reason: String) -> ImageError {
    ImageError(description: "\(name): \(reason)", exitStatus: ExitStatus.missingInput)
  }

  /// A place for a picture in what the model shall learn to write.
  package static let inAnswer = ImageError(
    description: "\(ImagePrompt.placeholder) stands in what the assistant says; only what is asked may have a picture",
    exitStatus: ExitStatus.badData)

  /// Pictures for which the text has no place.
  package static func withoutPlace(_ count: Int) -> ImageError {
    ImageError(
      description: "\(count) picture\(count == 1 ? " has" : "s have") no \(ImagePrompt.placeholder) in the text; "
        + "each picture needs one", exitStatus: ExitStatus.badData)
  }

  static func damaged(_ name: String, _ reason: String) -> ImageError {
    data(name, "is damaged or cut short (\(OneLine.name(reason))); save or copy the picture again")
  }
}
