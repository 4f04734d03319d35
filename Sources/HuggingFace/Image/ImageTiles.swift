import Text
import Transformer

/// A picture as a processor cuts it: square tiles row by row, then the whole picture as one more; or that alone.
///
/// Kept as bytes, a quarter of what the tower gets: the floats are made where a batch needs them.
public struct ImageTiles: Sendable, Equatable {
  /// Of the grid of tiles; 0 where the picture was not split.
  public let rows: Int
  public let columns: Int
  /// Pixels along a side of each tile.
  public let size: Int
  /// `[size, size, 3]` each.
  public let tiles: [[UInt8]]
  public let scale: PixelScale

  init(rows: Int, columns: Int, tiles: [RasterImage], scale: PixelScale) {
    self.rows = rows
    self.columns = columns
    self.tiles = tiles.map(\.pixels)
    size = tiles.first?.width ?? 0
    self.scale = scale
  }

  /// As the tower takes them, in the order of `tiles`.
  public var pixelValues: [PixelValues] {
    tiles.map { tile in
      let plane = size * size
      let values = [Float](unsafeUninitializedCapacity: 3 * plane) { output, count in
        for channel in 0..<3 {
          for place in 0..<plane {
            output.initializeElement(
              at: channel * plane + place, to: scale.values[channel << 8 | Int(tile[3 * place + channel])])
          }
        }
        count = output.count
      }
      return PixelValues(size: size, values: values)
    }
  }
}
