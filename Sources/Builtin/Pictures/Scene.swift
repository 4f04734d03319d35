import Recipe
import Text
import Training

/// A few coloured shapes on nine places.
package struct Scene: Sendable, Equatable {
  package struct Object: Sendable, Equatable {
    /// 0 to 8, in reading order.
    package let place: Int
    package let paint: Paint
    package let shape: Shape

    package var name: String { "\(paint.rawValue) \(shape.rawValue)" }
    package var placeName: String { Scene.places[place] }
  }

  /// What the places are called, in reading order.
  static let places = [
    "top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right",
  ]

  /// In reading order; no two are alike in both colour and shape.
  package let objects: [Object]

  package init(objects count: Int, _ generator: inout SplitMix64) {
    let places = generator.sample(count, from: 0..<Self.places.count).sorted()
    let kinds = generator.sample(count, from: 0..<Paint.allCases.count * Shape.allCases.count)
    objects = zip(places, kinds).map { place, kind in
      Object(
        place: place, paint: Paint.allCases[kind / Shape.allCases.count],
        shape: Shape.allCases[kind % Shape.allCases.count])
    }
  }

  init(_ objects: [Object]) { self.objects = objects }

  /// Each object fills two by two cells in the middle of its place; colours, paper and noise vary a little.
  package func draw(_ generator: inout SplitMix64) -> RasterImage {
    let shade = generator.between(225, 255)
    var picture = Picture(paper: Color(shade, shade - generator.below(12), shade - generator.below(12)))
    let block = Picture.cells / 3 * Picture.cell
    for object in objects {
      let base = object.paint.color
      let color = Color(
        base.red + generator.between(-18, 18), base.green + generator.between(-18, 18),
        base.blue + generator.between(-18, 18))
      let (left, top) = (object.place % 3 * block + Picture.cell, object.place / 3 * block + Picture.cell)
      for y in 0..<Shape.side {
        for x in 0..<Shape.side where object.shape.contains(x: x, y: y) {
          picture.set(x: left + x, y: top + y, color)
        }
      }
    }
    picture.addNoise(generator.below(13), &generator)
    return picture.image
  }

  /// `top left red circle, middle blue ring`: every object after its place, in reading order. The place first, since whoever has
  /// written it knows where to look next.
  package var listing: String { objects.map { "\($0.placeName) \($0.name)" }.joined(separator: ", ") }
}

/// The colours of a scene's objects, by their names.
package enum Paint: String, CaseIterable, Sendable {
  case red, blue, green, yellow, black

  package var color: Color {
    switch self {
    case .red: Color(205, 40, 40)
    case .blue: Color(40, 70, 205)
    case .green: Color(30, 145, 60)
    case .yellow: Color(225, 195, 30)
    case .black: Color(35, 35, 35)
    }
  }
}

/// The kinds of objects in a scene.
package enum Shape: String, CaseIterable, Sendable {
  case circle, square, triangle, cross, ring

  /// Side of the square that an object fills, in pixels: two cells.
  package static let side = 2 * Picture.cell

  /// Whether the pixel at `x`, `y` of the object's square belongs to it.
  package func contains(x: Int, y: Int) -> Bool {
    // Distances from the middle in half pixels, so that everything is whole numbers and symmetric.
    let (dx, dy) = (2 * x - Self.side + 1, 2 * y - Self.side + 1)
    let square = dx * dx + dy * dy
    return switch self {
    case .circle: square <= 13 * 13
    case .ring: square <= 14 * 14 && square >= 8 * 8
    case .square: max(abs(dx), abs(dy)) <= 11
    case .triangle: dy <= 13 && 2 * abs(dx) <= dy + 14
    case .cross: min(abs(dx), abs(dy)) <= 4 && max(abs(dx), abs(dy)) <= 13
    }
  }
}
