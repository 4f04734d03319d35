import Builtin
import HuggingFace
import Kernels
import Recipe
import Testing
import Training
import Transformer

@Suite struct ConstructedSightTests {
  /// Before any training a picture's cell already is, to the decoder, the sign that is printed there.
  @Test func readsPrintFromTheStart() throws {
    let options = PretrainingOptions()
    let configuration = options.configuration
    let vision = try #require(configuration.vision)
    let tokenizer = try BuiltinBase.load().tokenizer
    let model = try TrainableModel(configuration: configuration, seed: 3)
    ConstructedStart.apply(to: model, seed: 3)
    let sight = try VisionProcessor(
      images: ImageProcessor(size: .longestEdge(vision.imageSize), splits: false, tileSize: vision.imageSize),
      tokenizer: tokenizer, vision: vision, source: "test")
    func token(_ text: String) -> Int32 { tokenizer.encode(text, addSpecial: false)[0] }
    try ConstructedSight(
      configuration: configuration, vision: vision,
      tensors: Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0) }), sight: sight, token: token
    ).apply(seed: 3)

    // What the decoder's blocks add is about what comes next; without it the output says what stands here.
    for tensor in model.tensors where tensor.name.hasPrefix(configuration.names.prefix) {
      guard tensor.name.hasSuffix("o_proj.weight") || tensor.name.hasSuffix("down_proj.weight") else { continue }
      for index in 0..<tensor.count { tensor.parameters[index] = 0 }
    }
    var generator = SplitMix64(seed: 11)
    let signs = BitmapFont.characters.map { (sign: $0, token: Int(token(String($0)))) }
    let lines = (0..<Picture.cells).map { _ in String((0..<Picture.cells).map { _ in signs[generator.below(40)].sign })
    }
    let tiles = try sight.tiles(of: TextPicture(lines: lines).draw(&generator), name: "test")
    let tokens = [Int32](repeating: vision.imageToken, count: vision.tokensPerImage)
    let logits = try Scoring.logits(
      base: model.base, adapter: nil, tokens: tokens, images: tiles.pixelValues,
      team: WorkerTeam(threads: 2))
    var right = 0
    for (cell, sign) in lines.joined().enumerated() {
      let best = signs.max { logits[cell][$0.token] < logits[cell][$1.token] }
      right += best?.sign == sign ? 1 : 0
    }
    // One in forty by chance.
    #expect(right > 110, "\(right) of 144")
  }
}
