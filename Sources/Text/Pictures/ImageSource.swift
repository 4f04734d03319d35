/// A picture of an example: decoded already, or where it is to be had, so that a data set of photographs fits into memory.
public enum ImageSource: Sendable, Equatable, Codable {
  case raster(RasterImage)
  /// A PNG or JPEG file.
  case file(path: String)
  /// The bytes of one, with what messages call it.
  case encoded([UInt8], name: String)

  /// What messages call it.
  public var name: String {
    switch self {
    case .raster(let image): "a picture of \(image.width) × \(image.height) pixels"
    case .file(let path): path
    case .encoded(_, let name): name
    }
  }
}
