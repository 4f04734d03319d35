import Recipe
import Training

/// Copying lists, and looking up what was said of a name.
public struct CopyExercises: Sendable {
  let pool: WordPool

  public init(world: World) { pool = WordPool(world: world) }

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
