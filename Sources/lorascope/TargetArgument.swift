import ArgumentParser
import Engine
import Messages
import Recipe
import Transformer

/// `--targets` and `--combinations`, parsed by the model's own vocabulary.
enum TargetArgument {
  static func parse(_ text: String) throws -> Targets {
    do {
      return try Targets(parsing: text)
    } catch {
      throw CommandError("--targets: \(error)", status: 64)
    }
  }

  static func parseCombinations(_ text: String) throws -> [Targets] {
    switch text {
    case "all": return Targets.fifteen
    case "article": return Targets.articleNine
    default:
      let sets = try text.split(separator: ";").map { try parse(String($0)) }
      if sets.isEmpty { throw ValidationError("--combinations is empty") }
      return sets
    }
  }
}
