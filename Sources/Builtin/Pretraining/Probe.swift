import HuggingFace
import Kernels
import Recipe
import Text
import Training
import Transformer

/// A skill's examination on instances that the corpus does not hold: greedy answers, compared to the end of the line.
package enum Probe: String, CaseIterable, Codable, Sendable {
  case listCopy = "list copy"
  case optionLetter = "option letter from text"
  case optionText = "option text from letter"
  case facts = "facts, closed book"
  case table = "table question"
  case arithmetic = "arithmetic"
  case hearing = "hearing question"
  case jsonName = "JSON name"
  case longArithmetic = "arithmetic, three digits"
  case finance = "table question with work"
  case reportFinding = "report finding"
  case sentenceCopy = "sentence copy"
  case factChain = "two facts in a chain"
  case counting = "counting in a listing"
  case sheet = "value on a sheet"
  case scenePlace = "place in a scene"
  case sceneListing = "listing of a scene"

  /// Whether it shows a picture, which only a base that sees can be asked about.
  var showsPicture: Bool { [.sheet, .scenePlace, .sceneListing].contains(self) }

  /// The prompt's end and the right answer, up to its newline.
  struct Instance {
    let prompt: String
    let answer: String
    var images: [RasterImage] = []
  }

  func instance(_ corpus: Corpus, world: World, _ generator: inout SplitMix64) -> Instance {
    switch self {
    case .listCopy: Self.question(corpus.passage(.lists, level: 1, &generator))
    case .optionLetter, .optionText: option(world, &generator)
    case .facts: fact(world, &generator)
    case .table: Self.question(corpus.passage(.tables, level: 1, &generator))
    case .arithmetic:
      Self.question(ArithmeticExercises.written(limit: generator.chance(0.8) ? 99 : 999, &generator))
    case .hearing: Self.question(corpus.passage(.hearings, level: 1, &generator))
    case .jsonName: Self.name(world, &generator)
    case .longArithmetic: Self.question(ArithmeticExercises.written(from: 100, limit: 999, &generator))
    case .finance: Self.question(corpus.passage(.finance, level: 1, &generator))
    case .reportFinding: Self.question(corpus.passage(.reports, level: 1, &generator))
    case .sentenceCopy: Self.question(corpus.passage(.sentences, level: 1, &generator))
    case .factChain: Self.question(corpus.passage(.factChains, level: 1, &generator))
    case .counting: Self.question(corpus.passage(.counting, level: 1, &generator))
    case .sheet: sheet(&generator)
    case .scenePlace, .sceneListing: scene(&generator)
    }
  }

  /// A sheet's value, asked for by its label's word.
  private func sheet(_ generator: inout SplitMix64) -> Instance {
    let lines = SheetPassages.lines(5, &generator)
    let line = generator.pick(lines)
    let name = line.word ?? "\"\(line.label)\""
    return Instance(
      prompt: "\(ImagePrompt.placeholder)\nQuestion: What is \(line.word == nil ? name : "the \(name)")?\nAnswer:",
      answer: " \"\(line.value)\"\n", images: [SheetPassages.picture(of: lines, &generator)])
  }

  private func scene(_ generator: inout SplitMix64) -> Instance {
    let scene = Scene(objects: 4, &generator)
    let object = generator.pick(scene.objects)
    let (prompt, answer) =
      self == .scenePlace
      ? ("Question: What is \(object.placeName)?\nAnswer:", " \(object.name)\n")
      : ("The picture shows", " \(scene.listing).\n")
    return Instance(
      prompt: "\(ImagePrompt.placeholder)\n\(prompt)", answer: answer, images: [scene.draw(&generator)])
  }

  /// Everything up to the passage's first learned piece, which is asked for.
  private static func question(_ passage: Passage) -> Instance {
    guard let index = passage.pieces.firstIndex(where: \.learned), index > 0 else {
      // A transcript that is learned itself: its last given piece stands before its last answer.
      let count = passage.pieces.count
      return Instance(
        prompt: passage.pieces.prefix(max(0, count - 1)).map(\.text).joined(), answer: passage.pieces.last?.text ?? "")
    }
    return Instance(prompt: passage.pieces.prefix(index).map(\.text).joined(), answer: passage.pieces[index].text)
  }

  /// Four options in each of the styles.
  private func option(_ world: World, _ generator: inout SplitMix64) -> Instance {
    let words = WordPool(world: world).words(4, &generator)
    let index = generator.below(4)
    let letter = OptionExercises.letters[index]
    let list = OptionExercises.list(words, style: generator.chance(0.5) ? .bracketAfter : .parenthesisBefore)
    return self == .optionLetter
      ? Instance(prompt: list + "Which option is \(words[index])? [", answer: letter + "]")
      : Instance(prompt: list + "What is option [\(letter)]?", answer: " \(words[index])\n")
  }

  private func fact(_ world: World, _ generator: inout SplitMix64) -> Instance {
    let question = generator.pick(FactPassages.questions(on: generator.pick(world.conditions)))
    return Instance(prompt: "Question: \(question.text)\nAnswer:", answer: " \(question.answer)\n")
  }

  private static func name(_ world: World, _ generator: inout SplitMix64) -> Instance {
    let name = generator.pick(world.surnames)
    return Instance(
      prompt: "The town is \"\(generator.pick(world.towns))\". The name is \"\(name)\".\n{\"name\":\"",
      answer: "\(name)\"}")
  }

  private static func prompt(
    _ instance: Instance, tokenizer: Tokenizer, sight: VisionProcessor?
  ) throws -> Prompt {
    guard let sight else { return Prompt(tokens: tokenizer.encode(instance.prompt, addSpecial: false)) }
    let pictures = try instance.images.map { try sight.tiles(of: $0, name: "a probe's picture") }
    let text = try sight.expand(instance.prompt, images: pictures).text
    return Prompt(
      tokens: tokenizer.encode(text, addSpecial: false), images: pictures.flatMap(\.pixelValues))
  }

  /// The share of `count` instances answered right; the same instances each time.
  func score(
    model: BaseModel, tokenizer: Tokenizer, sight: VisionProcessor?, corpus: Corpus, world: World, count: Int,
    seed: UInt64, team: WorkerTeam
  ) throws -> Double {
    let number = UInt64(Self.allCases.firstIndex(of: self) ?? 0)
    var generator = SplitMix64(seed: seed &+ 77, stream: 0x9B0B_E000 &+ number)
    let instances = (0..<count).map { _ in instance(corpus, world: world, &generator) }
    let stop = Set(tokenizer.encode("\n", addSpecial: false) + [tokenizer.eosToken].compactMap { $0 })
    let longest = instances.map { tokenizer.encode($0.answer, addSpecial: false).count }.max() ?? 0
    let answers = try Generation.generate(
      base: model, adapter: nil, prompts: try instances.map { try Self.prompt($0, tokenizer: tokenizer, sight: sight) },
      maxNewTokens: longest + 1, stop: stop, slots: 32, team: team)
    let right = zip(instances, answers).filter { instance, answer in
      let text = tokenizer.decode(answer, skipSpecial: true)
      let gold = instance.answer.hasSuffix("\n") ? String(instance.answer.dropLast()) : instance.answer
      return text.hasPrefix(gold) && (text.count == gold.count || gold.hasSuffix("]") || gold.hasSuffix("}"))
    }.count
    return Double(right) / Double(max(1, count))
  }
}
