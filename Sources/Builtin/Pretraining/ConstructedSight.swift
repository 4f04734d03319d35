import Foundation
import HuggingFace
import Recipe
import Text
import Training
import Transformer

/// Initial weights of the tower and the connector under which a picture's cell already stands in the decoder's residual stream as what it shows: a letter as
/// that letter's embedding, a piece of a coloured shape as the mean of the two words' embeddings, with those of its place's words and a code of its row and
/// column added. Then reading is copying, which the decoder's own constructed start can do; training refines both. With random weights the picture tasks stay at chance
/// for as long as there is time.
///
/// The patch embedding turns the pixels into random orthonormal directions, so that nothing is lost; the position embedding holds cosines of row and
/// column in directions of their own; the encoder's blocks add almost nothing at first. From there the connector is the ridge regression (Hoerl and Kennard,
/// 1970) from the tower's output on drawn pictures to what their cells shall stand for.
package struct ConstructedSight {
  let configuration: ModelConfiguration
  let vision: VisionConfiguration
  let tensors: [String: TrainableTensor]
  let sight: VisionProcessor
  /// The token of a letter or a word.
  let token: (String) -> Int32

  /// Directions of a patch's features that hold its position: rows, columns, and one that is always on.
  private static let rowCodes = 7
  private static let columnCodes = 8

  package init(
    configuration: ModelConfiguration, vision: VisionConfiguration, tensors: [String: TrainableTensor],
    sight: VisionProcessor, token: @escaping (String) -> Int32
  ) {
    self.configuration = configuration
    self.vision = vision
    self.tensors = tensors
    self.sight = sight
    self.token = token
  }

  /// Sets every parameter of the tower and the connector, after the decoder's embeddings are set.
  package func apply(seed: UInt64) throws(BuiltinError) {
    var normal = NormalGenerator(seed: seed, stream: 0x516)
    let pixels = 3 * vision.patchSize * vision.patchSize
    guard vision.hiddenSize >= pixels + Self.rowCodes + Self.columnCodes + 1, vision.scaleFactor == 2 else {
      throw .options("the constructed sight needs a tower wider than a patch's \(pixels) values and 16 more")
    }
    let directions = OrthonormalRows.random(pixels, pixels, &normal)
    setTower(directions, pixels: pixels, &normal)
    let regression = try fit(directions, pixels: pixels, seed: seed, &normal)
    set(VisionNames.connector) { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: vision.shuffledWidth)
      return Float(regression[column][row])
    }
  }

  private func set(_ name: String, _ value: (Int) -> Float) {
    guard let tensor = tensors[name] else { return }
    for index in 0..<tensor.count { tensor.parameters[index] = value(index) }
  }

  private func setTower(_ directions: [[Double]], pixels: Int, _ normal: inout NormalGenerator) {
    set(VisionNames.patchEmbedding) { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: pixels)
      return row < pixels ? Float(directions[row][column]) : 0
    }
    set(VisionNames.patchBias) { _ in 0 }
    set(VisionNames.positionEmbedding) { index in
      let (patch, feature) = index.quotientAndRemainder(dividingBy: vision.hiddenSize)
      return Float(positionFeature(patch: patch, feature: feature, pixels: pixels))
    }
    for layer in 0..<vision.layers {
      for (module, columns, scale) in [
        (LinearModule.qProj, vision.hiddenSize, Float(0.5)), (.kProj, vision.hiddenSize, 0.5),
        (.vProj, vision.hiddenSize, 1), (.oProj, vision.hiddenSize, 0.02), (.upProj, vision.hiddenSize, 1),
        (.downProj, vision.intermediateSize, 0.02),
      ] {
        let name = ModuleNames.siglip.name(of: ModulePath(layer: layer, module: module))
        let deviation = scale / Float(columns).squareRoot()
        set("\(name).weight") { _ in deviation * normal.next() }
        set("\(name).bias") { _ in 0 }
      }
      for norm in [VisionNames.inputNorm(layer), VisionNames.postAttentionNorm(layer)] {
        set("\(norm).weight") { _ in 1 }
        set("\(norm).bias") { _ in 0 }
      }
    }
    set(VisionNames.postNorm) { _ in 1 }
    set(VisionNames.postNormBias) { _ in 0 }
  }

  /// Cosines of the patch's row and column, and a constant.
  private func positionFeature(patch: Int, feature: Int, pixels: Int) -> Double {
    let place = feature - pixels
    let (row, column) = patch.quotientAndRemainder(dividingBy: vision.side)
    func wave(_ order: Int, _ position: Int) -> Double {
      cos(Double.pi * Double(order) * (Double(position) + 0.5) / Double(vision.side))
    }
    switch place {
    case 0..<Self.rowCodes: return wave(place + 1, row)
    case Self.rowCodes..<Self.rowCodes + Self.columnCodes: return wave(place - Self.rowCodes + 1, column)
    case Self.rowCodes + Self.columnCodes: return 2
    default: return 0
    }
  }

  /// The connector, `[shuffled width][hidden]`, from drawn pictures.
  private func fit(
    _ directions: [[Double]], pixels: Int, seed: UInt64, _ normal: inout NormalGenerator
  ) throws(BuiltinError) -> [[Double]] {
    let width = configuration.hiddenSize
    let cells = vision.side / 2
    let rows = OrthonormalRows.random(cells, width, &normal, leaving: 0)
    let columns = OrthonormalRows.random(cells, width, &normal, leaving: 0)
    let places = Scene.places.map { name in name.split(separator: " ").map { token(" \($0)") } }
    var regression = RidgeRegression(inputs: vision.shuffledWidth, outputs: width)
    var generator = SplitMix64(seed: seed, stream: 0x5167)
    for _ in 0..<Self.drawings {
      let (picture, meanings) = generator.chance(0.6) ? print(&generator) : scene(&generator)
      let features = features(of: sight.images.tiles(of: picture).pixelValues[0], directions, pixels: pixels)
      for cell in 0..<cells * cells {
        let words = meanings[cell]
        // Most cells are blank: a few of them do.
        if words.isEmpty, !generator.chance(0.1) { continue }
        var target = [Double](repeating: 0, count: width)
        for word in words.isEmpty ? [token(" ")] : words {
          for column in 0..<width { target[column] += embedding(word, column) }
        }
        let share = 1 / Double(max(1, words.count)).squareRoot()
        let place = places[cell / cells / (cells / 3) * 3 + cell % cells / (cells / 3)]
        for column in 0..<width {
          target[column] *= share
          target[column] += 0.15 * (rows[cell / cells][column] + columns[cell % cells][column])
          for word in place { target[column] += 0.35 / Double(place.count).squareRoot() * embedding(word, column) }
        }
        target[0] = 1
        regression.add(features[cell], target)
      }
    }
    guard let solution = regression.solve(ridge: 1e-3) else {
      throw .options("the constructed sight's regression has no solution")
    }
    return solution
  }

  private static let drawings = 200

  private func embedding(_ word: Int32, _ column: Int) -> Double {
    guard let table = tensors[configuration.names.prefix + "embed_tokens.weight"] else { return 0 }
    return Double(table.parameters[Int(word) * configuration.hiddenSize + column])
  }

  /// Random signs on every cell or every second one, and each cell's token.
  private func print(_ generator: inout SplitMix64) -> (RasterImage, [[Int32]]) {
    let lines = (0..<Picture.cells).map { _ in
      String((0..<Picture.cells).map { _ in generator.chance(0.6) ? generator.pick(BitmapFont.characters) : " " })
    }
    let meanings = lines.flatMap { line in line.map { $0 == " " ? [] : [token(String($0))] } }
    return (TextPicture(lines: lines).draw(&generator), meanings)
  }

  private func scene(_ generator: inout SplitMix64) -> (RasterImage, [[Int32]]) {
    let scene = Scene(objects: generator.between(4, 9), &generator)
    var meanings = [[Int32]](repeating: [], count: Picture.cells * Picture.cells)
    let block = Picture.cells / 3
    for object in scene.objects {
      let words = [token(" " + object.paint.rawValue), token(" " + object.shape.rawValue)]
      for row in 0..<2 {
        for column in 0..<2 {
          meanings[
            (object.place / 3 * block + 1 + row) * Picture.cells + object.place % 3 * block + 1 + column] = words
        }
      }
    }
    return (scene.draw(&generator), meanings)
  }

  /// What the tower gives the connector for each cell while its blocks add nothing: `[cells²][shuffled width]`.
  private func features(of picture: PixelValues, _ directions: [[Double]], pixels: Int) -> [[Double]] {
    let (side, patch, size) = (vision.side, vision.patchSize, picture.size)
    var patches: [[Double]] = []
    for index in 0..<side * side {
      let (row, column) = index.quotientAndRemainder(dividingBy: side)
      var values: [Double] = []
      values.reserveCapacity(pixels)
      for channel in 0..<3 {
        for y in 0..<patch {
          for x in 0..<patch {
            values.append(Double(picture.values[channel * size * size + (row * patch + y) * size + column * patch + x]))
          }
        }
      }
      var feature = (0..<vision.hiddenSize).map { positionFeature(patch: index, feature: $0, pixels: pixels) }
      for (place, direction) in directions.enumerated() {
        feature[place] += zip(direction, values).reduce(0) { $0 + $1.0 * $1.1 }
      }
      patches.append(Self.normalised(feature, epsilon: Double(vision.layerNormEpsilon)))
    }
    let cells = side / 2
    return (0..<cells * cells).map { cell in
      let (row, column) = cell.quotientAndRemainder(dividingBy: cells)
      return [(0, 0), (0, 1), (1, 0), (1, 1)].flatMap { patches[(2 * row + $0) * side + 2 * column + $1] }
    }
  }

  private static func normalised(_ values: [Double], epsilon: Double) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return values.map { ($0 - mean) / (variance + epsilon).squareRoot() }
  }
}
