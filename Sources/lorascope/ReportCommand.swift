import ArgumentParser
import Foundation
import Studies

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "A study's tables and plots: Markdown, CSV, JSON, and one HTML page.",
    discussion: """
      Takes the finished runs of one base model. The HTML page holds its drawings and needs neither scripts nor the \
      network. Every number names the runs that it comes from; what is published is marked so.
      """)

  @OptionGroup var choice: StudyChoice
  @Option(help: ArgumentHelp("The new folder of the report.", valueName: "dir")) var output = "lorascope-report"
  @Flag(help: "Write into the folder if it is there.") var force = false
  @OptionGroup var json: JSONFlag

  func run() async throws {
    let folder = URL(fileURLWithPath: Paths.absolute(output), isDirectory: true)
    if FileManager.default.fileExists(atPath: folder.path), !force {
      throw CommandError("'\(output)' exists: --force writes into it, --output names another folder", status: 73)
    }
    guard let content = try await choice.content() else {
      throw CommandError(
        "no finished run to report in \(choice.storeURL.path): train or sweep first, or give --published", status: 66)
    }
    let files = [
      ("report.md", MarkdownReport.text(content)), ("report.html", HTMLReport.page(content)),
      ("report.json", try JSONReport(content).text()), ("cells.csv", CSVReport.cells(content)),
      ("runs.csv", CSVReport.runs(content)), ("losses.csv", CSVReport.losses(content)),
    ]
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
      }
    } catch {
      throw CommandError("cannot write '\(output)': \(error.localizedDescription)", status: 73)
    }
    if json.json {
      print(try JSONReport(content).text(), terminator: "")
    } else {
      for (name, _) in files { print(folder.appendingPathComponent(name).path) }
    }
  }
}
