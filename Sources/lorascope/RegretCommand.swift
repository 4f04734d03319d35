import Analysis
import ArgumentParser
import Foundation
import Messages
import Recipe
import Text

struct RegretCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regret",
    abstract: "What the search loses against a table of finished runs, beside simpler ways of choosing.",
    discussion: """
      Takes rows of finished runs (JSON lines: {"run": …} or {"examples": …}), replays the search on every task, seed and \
      TPOT budget, and prints Markdown. A table may be partial: what of it is there is said first, and no figure is a mean over what is \
      missing. --into replaces what stands between the marks \
      `<!-- lorascope regret: begin -->` and `… end -->` in a file of your own.
      """)

  @Argument(help: ArgumentHelp("Files of rows.", valueName: "rows.jsonl")) var files: [String]
  @Option(
    help: ArgumentHelp("Only put the tables into this Markdown file, between its two marks.", valueName: "file"))
  var into: String?
  @Flag(help: "Also fix the search's parameters on all tasks but one and report them on that one, each in turn.")
  var leaveOneOut = false
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if files.isEmpty { throw ValidationError("give at least one file of rows") }
    if into != nil, json.json { throw ValidationError("--into writes Markdown, not JSON") }
  }

  func run() throws {
    var table = StudyRows()
    for file in files {
      let bytes = try StandardStreams.contents(of: file, limit: 1 << 30)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandError("'\(file)' is not UTF-8 text", status: 65)
      }
      try table.read(text, name: file)
    }
    guard !table.rows.isEmpty else {
      throw CommandError("no run in \(files.map { "'\($0)'" }.joined(separator: ", "))", status: 65)
    }
    let runs = FinishedRuns.all(table)
    let regret = Regret(runs)
    let fixed = leaveOneOut ? FixedElsewhere(runs) : nil
    if json.json { return try JSONOutput.print(RegretJSON(regret, fixedElsewhere: fixed)) }
    let markdown = RegretPage.markdown(regret, fixedElsewhere: fixed)
    guard let into else { return StandardStreams.writeExact(markdown) }
    let url = URL(fileURLWithPath: Paths.absolute(into))
    guard let text = String(validating: try StandardStreams.contents(of: into), as: UTF8.self) else {
      throw CommandError("'\(into)' is not UTF-8 text", status: 65)
    }
    let replaced = try TableBlock.replaced(
      in: text, by: markdown, name: into, begin: RegretPage.begin, end: RegretPage.end)
    try OutputFile.save(Array(replaced.utf8), to: FileIdentity.real(url.path))
    print(url.path)
  }
}
