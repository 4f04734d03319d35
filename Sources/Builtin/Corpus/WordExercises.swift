import Recipe
import Training

/// An option's letter and its text, in both directions: the skill that multiple-choice questions need. Few options at first.
/// The letter always stands without a space before it, so that it is the same token wherever it occurs.
package struct OptionExercises: Sendable {
  package static let letters = ["A", "B", "C", "D"]

  /// How the options are written.
  package enum Style: CaseIterable, Sendable {
    case bracketAfter, parenthesisBefore, bare

    func line(_ letter: String, _ text: String) -> String {
      switch self {
      case .bracketAfter: "- \(text) [\(letter)]\n"
      case .parenthesisBefore: "\(letter)) \(text)\n"
      case .bare: "\(letter) \(text)\n"
      }
    }
  }

  let pool: WordPool

  package init(world: World) { pool = WordPool(world: world) }

  static func list(_ words: [String], style: Style) -> String {
    zip(letters, words).map { style.line($0, $1) }.joined()
  }

  /// `level` 0…1 sets the number of options.
  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let most = 2 + Int((level * 2.99).rounded(.down))
    let count = min(4, generator.between(level >= 1 ? 3 : 2, most))
    let words = pool.words(count, &generator)
    let style = generator.chance(0.45) ? Style.bracketAfter : generator.chance(0.75) ? .parenthesisBefore : .bare
    var passage = Passage()
    passage.given((generator.chance(0.5) ? "Options:\n" : "") + Self.list(words, style: style))
    for _ in 0..<generator.between(2, 4) {
      let index = generator.below(count)
      passage.append(Self.question(index, words[index], style: style, &generator))
    }
    return passage
  }

  private static func question(
    _ index: Int, _ word: String, style: Style, _ generator: inout SplitMix64
  ) -> Passage {
    var passage = Passage()
    let letter = letters[index]
    if generator.chance(0.7) {
      let lead = generator.pick([
        "Which option is \(word)?", "The letter of \(word) is", "Choose \(word).", "Answer: \(word)", "So \(word)",
        "Option text: \(word)", "It is \(word). Letter:", "The answer is \(word), which is option",
        "We pick \(word), so",
      ])
      passage.given(lead + " [")
      passage.learn(letter + "]\n")
    } else {
      let lead = generator.pick(["What is option [\(letter)]?", "Option [\(letter)] is", "[\(letter)] stands for"])
      passage.given(lead)
      passage.learn(" \(word)\n")
    }
    return passage
  }
}

/// Copying lists, and looking up what was said of a name.
package struct CopyExercises: Sendable {
  let pool: WordPool

  package init(world: World) { pool = WordPool(world: world) }

  /// A list and its copy.
  func list(level: Double, _ generator: inout SplitMix64) -> Passage {
    let words = pool.words(generator.between(2, 3 + Int(level * 5)), &generator)
    let text = words.joined(separator: ", ")
    var passage = Passage()
    passage.given("\(generator.pick(["List", "Words", "Read"])): \(text)\n")
    passage.given(generator.pick(["Copy", "Again", "Repeat"]) + ":")
    passage.learn(" \(text)\n")
    return passage
  }

  /// Pairs of a name and a word or a number, and questions for some of them.
  func pairs(level: Double, _ generator: inout SplitMix64) -> Passage {
    let count = generator.between(2, 3 + Int(level * 3))
    let keys = pool.words(count, &generator)
    let values =
      generator.chance(0.5)
      ? keys.map { _ in "\(generator.between(1, 99))" } : pool.words(count, &generator)
    let verb = generator.pick([" is", ":", " has", " ="])
    var passage = Passage()
    let known = Array(zip(keys, values))
    passage.given(known.map { "The \($0)\(verb) \($1)." }.joined(separator: " ") + "\n")
    for _ in 0..<generator.between(1, 3) {
      let (key, value) = generator.pick(known)
      passage.given("The \(key)\(verb)")
      passage.learn(" \(value).\n")
    }
    return passage
  }

  /// The same words inside JSON strings, where a word has no space before it and so other tokens.
  func json(level: Double, _ generator: inout SplitMix64, names: [String]) -> Passage {
    let fields = generator.sample(
      generator.between(1, 2 + Int(level * 2)), from: ["name", "town", "goods", "group", "price", "title"])
    let values = fields.map { field in
      field == "price"
        ? "\(generator.between(1, 99))" : field == "name" ? generator.pick(names) : pool.words(1, &generator)[0]
    }
    var passage = Passage()
    let pairs = Array(zip(fields, values))
    // Mostly in quotation marks, after which a word has the tokens that it has in JSON; now and then after a space.
    let quote = generator.chance(0.75) ? "\"" : ""
    passage.given(pairs.map { "The \($0) is \(quote)\($1)\(quote)." }.joined(separator: " ") + "\n")
    if generator.chance(0.4) {
      let (field, value) = generator.pick(pairs)
      passage.given("{\"\(field)\":\"")
      passage.learn("\(value)\"}\n")
    } else {
      passage.learn("{" + pairs.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}\n")
    }
    return passage
  }
}

/// Copying whole sentences: a speaker's, by the name before it, or the one that holds a word.
package struct SentenceExercises: Sendable {
  let world: World

  package init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let count = generator.between(2, 3 + Int(level * 2))
    let names = generator.sample(count, from: world.surnames)
    let goods = generator.sample(count, from: world.goods)
    let sentences = goods.map { sentence(on: $0, &generator) }
    var passage = Passage()
    passage.given(zip(names, sentences).map { "\($0): \($1)\n" }.joined())
    for _ in 0..<generator.between(1, 2) {
      let index = generator.below(count)
      passage.given(
        generator.chance(0.5)
          ? generator.pick(["Repeat what was said by", "Write down the words of"]) + " \(names[index]):"
          : generator.pick(["Copy the sentence with", "Which sentence names"]) + " \(goods[index]):")
      passage.learn(" \(sentences[index])\n")
    }
    return passage
  }

  private func sentence(on good: String, _ generator: inout SplitMix64) -> String {
    let town = generator.pick(world.towns)
    let place = generator.pick(["port", "mill", "farm", "bank", "school", "mine"])
    let count = generator.between(2, 99)
    let verb = generator.pick(["needs", "owes", "keeps", "wants", "makes", "sells"])
    return generator.pick([
      "The \(place) in \(town) \(verb) \(count) tons of \(good).", "In \(town) the \(place) \(verb) no \(good).",
      "I saw \(count) tons of \(good) near \(town).",
      "We in \(town) ask for \(good) and for \(generator.pick(world.topics)).",
    ])
  }
}
