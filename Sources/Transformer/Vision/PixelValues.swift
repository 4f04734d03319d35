/// One square image as the vision tower takes it: resized and normalised.
public struct PixelValues: Sendable, Equatable {
  /// Pixels along a side; `VisionConfiguration.imageSize`.
  public let size: Int
  /// `[3, size, size]`: red, green, blue planes, row by row.
  public let values: [Float]

  public init(size: Int, values: [Float]) {
    precondition(values.count == 3 * size * size, "an image of side \(size) has \(3 * size * size) values")
    self.size = size
    self.values = values
  }
}
