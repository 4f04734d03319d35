import ArgumentParser
import Messages
import Recipe

/// Which runs a verb is about, in the language of the dashboard's `/`.
struct RunFilterFlag: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only runs that fit: 'data:cocohd targets:o_proj score>0.9 rank=16 -state:failed'.",
      discussion: "docs/verbs.md has all of it.", valueName: "filter"))
  var filter: String?

  func validate() throws { _ = try parsed() }

  /// Nil where none is given.
  private func parsed() throws -> RunFilter? {
    guard let filter else { return nil }
    do { return try RunFilter(filter) } catch { throw ValidationError("--filter, \(error.line)") }
  }

  func matching(_ runs: [RunSummary]) throws -> [RunSummary] {
    guard let filter = try parsed() else { return runs }
    return runs.filter(filter.matches)
  }

  /// What is said where nothing is left; nil without a filter.
  var emptiness: String? { filter.map { "no run of this store fits --filter '\(OneLine.name($0))'" } }
}
