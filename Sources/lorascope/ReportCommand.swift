import Analysis
import ArgumentParser
import Foundation
import Text

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "A study's tables and plots: Markdown, CSV, JSON, and one HTML page.",
    discussion: """
      Takes the finished runs of one base model. The HTML page holds its drawings and needs neither scripts nor the \
      network. Every number names the runs that it comes from; what is published is marked so. --into replaces what \
      stands between the marks `<!-- lorascope report --table: begin -->` and `… end -->` in a file of your own.
      """)

  @OptionGroup var choice: StudyChoice
  @Option(help: ArgumentHelp("The new folder of the report.", valueName: "dir")) var output = "lorascope-report"
  @Flag(help: "Write into the folder if it is there.") var force = false
  @Flag(help: "Only print the big table as Markdown, and write nothing.") var table = false
  @Option(
    help: ArgumentHelp(
      "Only put the big table into this Markdown file, between its two marks.", valueName: "file"))
  var into: String?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if into != nil, table { throw ValidationError("give --table or --into, not both") }
    if into != nil || table, json.json { throw ValidationError("--table and --into write Markdown, not JSON") }
  }

  func run() async throws {
    StandardStreams.finishFirst()
    let folder = URL(fileURLWithPath: Paths.absolute(output), isDirectory: true)
    if !table, into == nil, FileManager.default.fileExists(atPath: folder.path), !force {
      throw CommandError("'\(output)' exists: --force writes into it, --output names another folder", status: 73)
    }
    guard let content = try await choice.content() else {
      throw CommandError(
        "no finished run to report in \(choice.storeURL.path): train or sweep first, or give --published", status: 66)
    }
    try choice.checkScope(content)
    if table { return StandardStreams.writeExact(TableBlock.markdown(content)) }
    if let into { return try put(content, into: into) }
    let files = try ReportFolder.write(content, to: folder)
    if json.json {
      StandardStreams.writeExact(try JSONReport(content).text())
    } else {
      for file in files { print(file.path) }
    }
  }

  private func put(_ content: ReportContent, into name: String) throws {
    let url = URL(fileURLWithPath: Paths.absolute(name))
    guard let text = String(validating: try StandardStreams.contents(of: name), as: UTF8.self) else {
      throw CommandError("'\(name)' is not UTF-8 text", status: 65)
    }
    let replaced = try TableBlock.replaced(in: text, by: TableBlock.markdown(content), name: name)
    // Where the name is a link, what it leads to is the file.
    try OutputFile.save(Array(replaced.utf8), to: FileIdentity.real(url.path))
    print(url.path)
  }
}
