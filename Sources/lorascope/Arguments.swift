import ArgumentParser
import Recipe
import Transformer

/// The command line as people type it, before ArgumentParser reads it.
enum Arguments {
  /// `--steps -1` becomes `--steps=-1`: a number under 0 is a value, which the option itself refuses in words, and no option of
  /// its own.
  static func joiningNegativeNumbers(_ arguments: some Sequence<String>) -> [String] {
    var result: [String] = []
    var isPlain = false
    for argument in arguments {
      if !isPlain, isNegativeNumber(argument), let option = result.last, option.hasPrefix("--"), option.count > 2,
        !option.contains("=")
      {
        result[result.count - 1] = option + "=" + argument
        continue
      }
      isPlain = isPlain || argument == "--"
      result.append(argument)
    }
    return result
  }

  private static func isNegativeNumber(_ text: String) -> Bool {
    guard text.hasPrefix("-"), let next = text.dropFirst().first else { return false }
    return next.isNumber || Double(text) != nil
  }

  /// A word that is no verb would be an argument of the verb that is meant without one.
  static func checkVerbs(_ arguments: [String]) throws {
    guard let word = arguments.first, !word.hasPrefix("-") else { return }
    try check(
      word, among: verbs(Lorascope.self) + ["help"], of: "", advice: " (a model or file goes behind --model or --data)")
    guard let verb = subcommand(word, of: Lorascope.self), let next = arguments.dropFirst().first, !next.hasPrefix("-")
    else {
      return
    }
    let below = verbs(verb)
    if below.isEmpty { return }
    try check(next, among: below, of: "\(word) ", advice: "")
  }

  private static func check(_ word: String, among verbs: [String], of path: String, advice: String) throws {
    guard !verbs.contains(word) else { return }
    let near = SpellingDistance.nearest(to: word, among: verbs)
    let guess =
      near.isEmpty
      ? "the verbs are \(verbs.map { path + $0 }.joined(separator: ", "))"
      : "did you mean \(near.map { path + $0 }.joined(separator: " or "))?"
    throw CommandError("no verb '\(path)\(word)'; \(guess)\(advice)", status: 64)
  }

  /// `lorascope sweep --help`, of the verb that the arguments name.
  static func help(for arguments: some Sequence<String>) -> String {
    var words = ["lorascope"]
    var command: any ParsableCommand.Type = Lorascope.self
    for argument in arguments {
      guard let next = subcommand(argument, of: command) else { break }
      words.append(argument)
      command = next
    }
    return "`\((words + ["--help"]).joined(separator: " "))`"
  }

  private static func subcommand(_ name: String, of command: any ParsableCommand.Type) -> (any ParsableCommand.Type)? {
    command.configuration.subcommands.first { verb(of: $0) == name }
  }

  private static func verbs(_ command: any ParsableCommand.Type) -> [String] {
    command.configuration.subcommands.map { verb(of: $0) }
  }

  private static func verb(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? "\(command)".lowercased()
  }
}
