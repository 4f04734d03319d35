/// A decoded picture: 8 bits a channel, red, green and blue.
public struct RasterImage: Sendable, Equatable, Codable {
  public let width: Int
  public let height: Int
  /// `[height, width, 3]`, row by row from the top.
  public var pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "\(width) × \(height) pixels have \(3 * width * height) bytes")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
