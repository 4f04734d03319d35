/// A picture on a canvas: the cells that stand for it, and its pixels for a terminal that shows pictures itself.
public struct PlacedPicture: Equatable, Sendable {
  public let rect: Rect
  /// Pixels across.
  public let width: Int
  /// `[height, width]`, row by row from the top: red, green and blue of 8 bits each, red highest.
  public let pixels: [UInt32]
  /// What was drawn in its place: where the canvas has something else at the end, that lies over the picture.
  fileprivate let cells: [Cell]

  public var height: Int { width > 0 ? pixels.count / width : 0 }
}

extension Canvas {
  /// A picture that fills a rectangle of cells: as half blocks of the pixels in their middles, and for terminals that show pictures with all
  /// of its pixels.
  public mutating func place(_ pixels: [UInt32], width: Int, in rect: Rect) {
    let height = width > 0 ? pixels.count / width : 0
    guard height > 0, !rect.isEmpty, rect.intersection(bounds) == rect else { return }
    let (columns, rows) = (rect.width, 2 * rect.height)
    let sampled = (0..<rows).flatMap { row in
      (0..<columns).map { column in
        pixels[(2 * row + 1) * height / (2 * rows) * width + (2 * column + 1) * width / (2 * columns)]
      }
    }
    HalfBlocks.draw(sampled, width: columns, in: rect, on: &self)
    pictures.append(PlacedPicture(rect: rect, width: width, pixels: pixels, cells: cells(in: rect)))
  }

  /// The pictures over which nothing else was drawn.
  package var uncoveredPictures: [PlacedPicture] { pictures.filter { cells(in: $0.rect) == $0.cells } }

  private func cells(in rect: Rect) -> [Cell] {
    (rect.y..<rect.bottom).flatMap { y in (rect.x..<rect.right).map { self[$0, y] } }
  }
}

/// Pixels of one cell of a terminal.
public struct CellPixels: Equatable, Hashable, Sendable {
  public let width: Int
  public let height: Int

  /// What a terminal that does not say it most likely has.
  public static let usual = CellPixels(width: 8, height: 16)

  public init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
  }
}
