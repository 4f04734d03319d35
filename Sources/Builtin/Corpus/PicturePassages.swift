import Recipe
import Text
import Training

/// Pictures of labelled lines, with questions on them: the sight and the look-up that reading a form needs. What is read stands in quotation marks
/// in capitals, which have a token for each letter, so that reading is copying.
package struct SheetPassages: Sendable {
  package init() {}

  /// One sheet. `level` 0…1 sets how many lines it has.
  package func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let count = generator.between(2, 3 + Int(level * 6))
    let lines = Self.lines(count, &generator)
    var passage = Passage()
    passage.show(Self.picture(of: lines, &generator))
    passage.given("\n")
    if generator.chance(0.35) {
      passage.given(generator.pick(["Text:", "Read all:", "The sheet says:"]))
      passage.learn(" " + lines.map { "\"\($0.label)\" \"\($0.value)\"" }.joined(separator: ", ") + "\n")
    }
    for _ in 0..<generator.between(3, 6) {
      passage.append(Self.question(lines, &generator))
    }
    return passage
  }

  /// A label in capitals, the word that it is called by in text, and what stands beside it.
  package struct Line: Equatable {
    package let label: String
    package let word: String?
    package let value: String
  }

  package static func lines(_ count: Int, _ generator: inout SplitMix64) -> [Line] {
    let words = generator.sample(count, from: SheetLabel.words)
    var maker = NameMaker(seed: generator.next(), stream: 5)
    return words.map { word in
      // Labels that stand for nothing are asked for as they are printed.
      let known = generator.chance(0.75)
      let label = known ? word.uppercased() : String(maker.word(syllables: 1).uppercased().prefix(5))
      let room = Picture.cells - label.count - 1
      return Line(label: label, word: known ? word : nil, value: value(room: room, &generator, &maker))
    }
  }

  private static func value(room: Int, _ generator: inout SplitMix64, _ maker: inout NameMaker) -> String {
    switch generator.below(4) {
    case 0 where room >= 5:
      return String(maker.word(syllables: 2).uppercased().prefix(min(room, 7)))
    case 1 where room >= 5:
      return twoDigits(generator.between(1, 12)) + "-" + twoDigits(generator.between(1, 28))
    case 2:
      return "\(generator.between(100, 9_999))".prefix(room).description
    default:
      return "\(generator.between(1, 999))"
    }
  }

  static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Values stand right after their label or at the right edge; blank lines come between.
  static func picture(of lines: [Line], _ generator: inout SplitMix64) -> RasterImage {
    let alignsRight = generator.chance(0.5)
    var blanks = Picture.cells - lines.count
    var rows: [String] = []
    for line in lines {
      while blanks > 0, generator.chance(0.3) {
        rows.append("")
        blanks -= 1
      }
      rows.append(row(line.label, line.value, alignsRight: alignsRight))
    }
    return TextPicture(lines: rows).draw(&generator)
  }

  /// A label and a value on one line of the sheet.
  package static func row(_ label: String, _ value: String, alignsRight: Bool = true) -> String {
    let gap = max(1, Picture.cells - label.count - value.count)
    return label + String(repeating: " ", count: alignsRight ? gap : 1) + value
  }

  private static func question(_ lines: [Line], _ generator: inout SplitMix64) -> Passage {
    let line = generator.pick(lines)
    var passage = Passage()
    if let word = line.word, generator.chance(0.75) {
      passage.given(
        generator.pick([
          "Question: What is the \(word)?\nAnswer:", "The \(word) is", "Read the \(word):", "\(word) =",
        ]))
    } else if generator.chance(0.75) {
      passage.given(generator.pick(["Question: What is \"\(line.label)\"?\nAnswer:", "\"\(line.label)\" is"]))
    } else {
      passage.given(generator.pick(["Question: What has", "Which line says"]) + " \"\(line.value)\"?\nAnswer:")
      passage.learn(" \"\(line.label)\"\n")
      return passage
    }
    passage.learn(" \"\(line.value)\"\n")
    return passage
  }
}

/// Pictures of coloured shapes with questions on what is where, and counting on listings in words alone.
package struct ScenePassages: Sendable {
  package init() {}

  /// A picture; `level` 0…1 sets how many objects it shows.
  package func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let scene = Scene(objects: generator.between(1, 2 + Int(level * 4)), &generator)
    var passage = Passage()
    passage.show(scene.draw(&generator))
    passage.given("\n")
    if generator.chance(0.6) {
      passage.given(generator.pick(["There is", "The picture shows", "I see"]))
      passage.learn(" \(scene.listing).\n")
    }
    for _ in 0..<generator.between(3, 6) { passage.append(Self.question(scene, &generator)) }
    return passage
  }

  private static func question(_ scene: Scene, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    let object = generator.pick(scene.objects)
    switch generator.below(6) {
    case 0, 1:
      let place = generator.below(Scene.places.count)
      let answer = scene.objects.first { $0.place == place }?.name ?? "nothing"
      passage.given(
        generator.chance(0.5) ? "Question: What is \(Scene.places[place])?\nAnswer:" : "See \(Scene.places[place]):")
      passage.learn(" \(answer)\n")
    case 2, 3:
      passage.given(
        generator.chance(0.5) ? "Question: Where is the \(object.name)?\nAnswer:" : "Find \(object.name):")
      passage.learn(" \(object.placeName)\n")
    case 4:
      let alike = scene.objects.filter { $0.shape == object.shape }
      passage.given("Question: Which color has the \(object.shape.rawValue)?\nAnswer:")
      passage.learn(" \(alike.map(\.paint.rawValue).joined(separator: ", "))\n")
    default:
      let alike = scene.objects.filter { $0.paint == object.paint }
      passage.given("Question: Which shape is \(object.paint.rawValue)?\nAnswer:")
      passage.learn(" \(alike.map(\.shape.rawValue).joined(separator: ", "))\n")
    }
    return passage
  }

  /// Objects in words, and how many of a kind there are: those of the kind first, then their number.
  func counting(level: Double, _ generator: inout SplitMix64) -> Passage {
    let scene = Scene(objects: generator.between(1, 2 + Int(level * 4)), &generator)
    var passage = Passage()
    passage.given("There is \(scene.listing).\n")
    for _ in 0..<generator.between(2, 4) {
      let byPaint = generator.chance(0.5)
      let paint = generator.pick(Paint.allCases)
      let shape = generator.pick(Shape.allCases)
      let alike = scene.objects.filter { byPaint ? $0.paint == paint : $0.shape == shape }
      let names = alike.map { byPaint ? $0.shape.rawValue : $0.paint.rawValue }
      passage.given("Count of \(byPaint ? paint.rawValue : shape.rawValue):")
      passage.learn(" \(names.isEmpty ? "none" : names.joined(separator: ", ")), so \(alike.count)\n")
    }
    return passage
  }
}
