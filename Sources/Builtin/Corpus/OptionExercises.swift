import Recipe
import Training

/// An option's letter and its text, in both directions: the skill that multiple-choice questions need. Few options at first.
/// The letter always stands without a space before it, so that it is the same token wherever it occurs.
public struct OptionExercises: Sendable {
  public static let letters = ["A", "B", "C", "D"]

  /// How the options are written.
  public enum Style: CaseIterable, Sendable {
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

  public init(world: World) { pool = WordPool(world: world) }

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
