import Builtin
import HuggingFace
import Kernels
import Recipe
import Testing
import Training
import Transformer

@Suite struct ConstructedStartTests {
  /// What the circuits are built for, measured before any training.
  private static func model() throws -> BaseModel {
    let model = try TrainableModel(configuration: PretrainingOptions().configuration, seed: 2)
    ConstructedStart.apply(to: model, seed: 2)
    return model.base
  }

  @Test func copiesWhatRepeats() throws {
    let team = WorkerTeam(threads: 2)
    let base = try Self.model()
    var generator = SplitMix64(seed: 9)
    var right = 0
    var asked = 0
    for _ in 0..<4 {
      let cycle = (0..<16).map { _ in Int32(generator.below(1536)) }
      let logits = try Scoring.logits(base: base, adapter: nil, tokens: cycle + cycle, team: team)
      for position in 16..<31 {
        let next = cycle[(position + 1) % 16]
        right += cycle.allSatisfy { logits[position][Int($0)] <= logits[position][Int(next)] } ? 1 : 0
        asked += 1
      }
    }
    // One in sixteen by chance.
    #expect(right * 5 > asked)
  }

  @Test func looksUpALetterByItsText() throws {
    let team = WorkerTeam(threads: 2)
    let base = try Self.model()
    var generator = SplitMix64(seed: 10)
    var right = 0
    let letters: [Int32] = [20, 21, 22, 23]
    for _ in 0..<40 {
      let words = (0..<4).map { _ in Int32(100 + generator.below(1400)) }
      var tokens: [Int32] = []
      // text [ letter ]
      for (word, letter) in zip(words, letters) { tokens += [word, 30, letter, 31] }
      let index = generator.below(4)
      tokens += [words[index], 30]
      let last = try #require(Scoring.logits(base: base, adapter: nil, tokens: tokens, team: team).last)
      let best = letters.max { last[Int($0)] < last[Int($1)] }
      right += best == letters[index] ? 1 : 0
    }
    // One in four by chance.
    #expect(right > 20)
  }
}

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

@Suite struct RidgeRegressionTests {
  @Test func findsTheWeightsThatMadeTheExamples() throws {
    let weights = [[2.0, -1], [0.5, 3], [-4, 0.25]]
    var regression = RidgeRegression(inputs: 3, outputs: 2)
    for step in 0..<20 {
      let x = [1.0, Double(step), Double(step * step % 7)]
      let y = (0..<2).map { column in (0..<3).reduce(0) { $0 + x[$1] * weights[$1][column] } }
      regression.add(x, y)
    }
    let found = try #require(regression.solve(ridge: 1e-12))
    for row in 0..<3 {
      for column in 0..<2 { #expect(abs(found[row][column] - weights[row][column]) < 1e-6) }
    }
  }

  @Test func aPenaltyDecidesWhatTheExamplesLeaveOpen() throws {
    var regression = RidgeRegression(inputs: 2, outputs: 1)
    regression.add([1, 1], [2])
    #expect(regression.solve(ridge: 0) == nil)
    let found = try #require(regression.solve(ridge: 1e-9))
    #expect(abs(found[0][0] - 1) < 1e-6 && abs(found[1][0] - 1) < 1e-6)
  }
}
