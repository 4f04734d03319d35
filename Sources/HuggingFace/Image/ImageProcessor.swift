import Text
import Transformer

/// Makes of a picture what a vision tower takes, as transformers' Idefics3 and SmolVLM processors do.
public struct ImageProcessor: Sendable, Equatable {
  /// What a picture is resized to first.
  public enum Size: Sendable, Equatable {
    /// The longer side; the other follows, made even.
    case longestEdge(Int)
    case exactly(height: Int, width: Int)
  }

  /// nil leaves the picture's own size.
  public let size: Size?
  public let resampling: Resampling
  /// Whether a picture is cut into tiles.
  public let splits: Bool
  /// Pixels along a side of a tile; `VisionConfiguration.imageSize` of the model.
  public let tileSize: Int
  /// What the bytes are multiplied with; nil leaves them.
  public let rescaleFactor: Double?
  /// Of red, green and blue; nil for both normalises nothing.
  public let mean: [Double]?
  public let deviation: [Double]?
  public let scale: PixelScale

  /// No edge is longer than this before tiles are cut.
  static let longestEdge = 4096

  public init(
    size: Size?, resampling: Resampling = .lanczos, splits: Bool, tileSize: Int, rescaleFactor: Double? = 1 / 255,
    mean: [Double]? = [0.5, 0.5, 0.5], deviation: [Double]? = [0.5, 0.5, 0.5]
  ) {
    precondition(tileSize >= 1, "a tile has pixels")
    precondition((mean?.count ?? 3) == 3 && (deviation?.count ?? 3) == 3, "one mean for each channel")
    self.size = size
    self.resampling = resampling
    self.splits = splits
    self.tileSize = tileSize
    self.rescaleFactor = rescaleFactor
    self.mean = mean
    self.deviation = deviation
    scale = PixelScale(factor: rescaleFactor, mean: mean, deviation: deviation)
  }

  /// Resizes and cuts: every step is a resize of its own, with its own rounding.
  public func tiles(of image: RasterImage) -> ImageTiles {
    var image = image
    switch size {
    case nil: break
    case .longestEdge(let edge):
      let (height, width) = Self.scaled(height: image.height, width: image.width, longestEdge: edge)
      image = image.resized(width: width, height: height, resampling)
    case .exactly(let height, let width): image = image.resized(width: width, height: height, resampling)
    }
    guard splits else {
      return ImageTiles(
        rows: 0, columns: 0, tiles: [image.resized(width: tileSize, height: tileSize, resampling)], scale: scale)
    }
    let (height, width) = whole(height: image.height, width: image.width)
    image = image.resized(width: width, height: height, resampling)
    guard height > tileSize || width > tileSize else {
      return ImageTiles(rows: 0, columns: 0, tiles: [image], scale: scale)
    }
    let (rows, columns) = (height / tileSize, width / tileSize)
    var tiles = (0..<rows).flatMap { row in
      (0..<columns).map { column in image.square(x: column * tileSize, y: row * tileSize, side: tileSize) }
    }
    tiles.append(image.resized(width: tileSize, height: tileSize, resampling))
    return ImageTiles(rows: rows, columns: columns, tiles: tiles, scale: scale)
  }

  /// `_resize_output_size_rescale_to_max_len`, then `_resize_output_size_scale_below_upper_bound`.
  static func scaled(height: Int, width: Int, longestEdge edge: Int) -> (height: Int, width: Int) {
    var (height, width) = (height, width)
    var ratio = Double(width) / Double(height)
    func even(_ length: Double) -> Int { Int(length) + Int(length) % 2 }
    if width >= height {
      (height, width) = (even(Double(edge) / ratio), edge)
    } else {
      (height, width) = (edge, even(Double(edge) * ratio))
    }
    (height, width) = (max(height, 1), max(width, 1))
    ratio = Double(width) / Double(height)
    if width >= height, width > longestEdge {
      (height, width) = (Int(Double(longestEdge) / ratio), longestEdge)
    } else if height > width, height > longestEdge {
      (height, width) = (longestEdge, Int(Double(longestEdge) * ratio))
    }
    return (max(height, 1), max(width, 1))
  }

  /// `resize_for_vision_encoder`: sides that are multiples of a tile's.
  private func whole(height: Int, width: Int) -> (height: Int, width: Int) {
    func up(_ length: Int) -> Int { (length + tileSize - 1) / tileSize * tileSize }
    let ratio = Double(width) / Double(height)
    if width >= height {
      let newWidth = up(width)
      return (up(Int(Double(newWidth) / ratio)), newWidth)
    }
    let newHeight = up(height)
    return (newHeight, up(Int(Double(newHeight) * ratio)))
  }
}

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

/// What the tower sees for each value of a byte: rescaled and normalised, as transformers' NumPy backend does it.
public struct PixelScale: Sendable, Equatable {
  /// `[3, 256]`: red, green, blue.
  public let values: [Float]

  /// - Parameters:
  ///   - factor: nil leaves bytes as they are.
  ///   - mean: of each channel, subtracted from rescaled values; nil normalises nothing.
  ///   - deviation: of each channel, divided by.
  init(factor: Double?, mean: [Double]?, deviation: [Double]?) {
    values = (0..<3).flatMap { channel in
      (0..<256).map { byte in
        // The product is rounded to FP32 once; the rest is FP32.
        var value = Float(Double(byte) * (factor ?? 1))
        if let mean, let deviation { value = (value - Float(mean[channel])) / Float(deviation[channel]) }
        return value
      }
    }
  }
}
