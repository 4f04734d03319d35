import Foundation
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
