import Messages
import Terminal

/// What the commands of `:` do.
extension Update {
  /// - Returns: what is wrong with it; nil where it was done.
  mutating func run(command text: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    switch words.first {
    case nil: return nil
    case "q", "quit":
      perform(.go(.screen(.main)))
      perform(.go(.leave))
    case "help": perform(.go(.help))
    case "undelete":
      if let reason = state.readOnlyReason { return reason }
      guard words.count > 1 else {
        effects.append(.ask(.trash))
        return nil
      }
      let ids = words.dropFirst().compactMap { RunID($0.hasPrefix("#") ? String($0.dropFirst()) : $0) }
      guard ids.count == words.count - 1 else { return "undelete, or undelete NUMBER" }
      send(.undelete(ids))
    case "theme":
      guard words.count >= 2 else { return "theme NAME: \(state.themeNames.joined(separator: ", "))" }
      let name = words.dropFirst().joined(separator: " ")
      guard let known = state.themeNames.first(where: { $0.lowercased() == name.lowercased() }) else {
        return "no theme \(name): \(state.themeNames.joined(separator: ", "))"
      }
      perform(.program(.useTheme(known)))
    case "set":
      let levels = ColorDepth.allCases.map(\.rawValue)
      if words.count == 3, words[1] == "color", words[2] == "auto" {
        return "set color auto: color = \"auto\" in config.toml, at the next start"
      }
      guard words.count == 3, words[1] == "color", let depth = ColorDepth(rawValue: words[2]) else {
        return "set color \(levels.joined(separator: "|"))"
      }
      effects.append(.setColorDepth(depth))
    case .some(let word):
      return "no command \(word): \(CommandLineWords.all.map(\.usage).joined(separator: ", "))"
    }
    return nil
  }

  /// The one way in which a command can go on from what is typed, or all of them as a message.
  func complete(_ edit: inout FieldEdit) {
    let text = edit.field.text
    let candidates =
      text.hasPrefix("theme ")
      ? state.themeNames.map { "theme \($0)" }
      : text.hasPrefix("set color ")
        ? ColorDepth.allCases.map { "set color \($0.rawValue)" } : CommandLineWords.completions
    let hits = candidates.filter { $0.lowercased().hasPrefix(text.lowercased()) }
    if hits.count == 1 {
      edit.field.set(hits[0])
      edit.message = nil
    } else {
      edit.message = hits.joined(separator: "  ")
    }
  }
}

/// The commands that have no key, or take words.
package enum CommandLineWords {
  package struct Command: Hashable, Sendable {
    package var word: String
    /// With what follows the word.
    package var usage: String
    package var about: String
    /// Not there in a dashboard that only reads.
    package var changesRuns = false
    /// It says nothing without further words.
    package var needsMore = false

    /// Whether a text begins with its word. `q` is short for quit, as in other programs.
    func isMeant(by text: String) -> Bool {
      guard let first = text.split(separator: " ").first else { return false }
      return first == word || word == "quit" && first == "q"
    }
  }

  package static let all = [
    Command(word: "quit", usage: "quit", about: "leave lorascope, from any screen"),
    Command(word: "help", usage: "help", about: "the keys of this place"),
    Command(
      word: "undelete", usage: "undelete [NUMBER]", about: "bring a deleted run back: undelete [NUMBER]",
      changesRuns: true),
    Command(word: "theme", usage: "theme NAME", about: "use a theme: theme NAME", needsMore: true),
    Command(
      word: "set", usage: "set color LEVEL", about: "fewer or more colours: set color LEVEL", needsMore: true),
  ]
  static let completions = ["quit", "help", "undelete", "theme ", "set color "]
}
