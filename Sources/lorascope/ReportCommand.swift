import Analysis
import ArgumentParser
import Engine
import Foundation
import Messages
import Text
import Training

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

/// Which runs `report` and `recommend` look at, and how they judge them.
struct StudyChoice: ParsableArguments {
  @Option(help: ArgumentHelp("Only runs on this base (default: the base with most runs).", valueName: "builtin|dir"))
  var model: String?
  @Option(help: ArgumentHelp("Only runs on these data sets, as `runs list` names them, by commas.", valueName: "names"))
  var data: String?
  @Option(help: "Only runs of these seeds, by commas.") var seeds: String?
  @OptionGroup var fitting: RunFilterFlag
  @Option(
    help: ArgumentHelp(
      "A part of the study for the recommendations: text, image, a data set's name and so on.", valueName: "name"))
  var scope: String?
  @Flag(help: "The article's published figures instead of runs of the store.") var published = false
  @Option(
    help: ArgumentHelp("Most that decoding may cost: 10 (% over the base) or 8ms (TPOT p95).", valueName: "percent"))
  var latencyBudget: String?
  @Option(
    help: ArgumentHelp(
      "Decoding costs what a batch of so many adapters does over the batch without (`latency --adapters`).",
      valueName: "n"))
  var fleet: Int?
  @Option(help: "Points that a faster combination may be worse.") var margin = 1.0
  @Option(help: "A data set is hard where the base scores less, percent.") var hardBelow = 50.0
  @OptionGroup var store: StoreFlags

  func validate() throws {
    _ = try options()
    _ = try filter()
    try ArgumentRange.check(fleet, "fleet", 1...FleetLatencyOptions.mostSequences)
    if fleet != nil, published {
      throw ValidationError("the published study has no latency of a fleet: leave out --fleet")
    }
    if fleet != nil, case .milliseconds = try options().budget {
      throw ValidationError("with --fleet give --latency-budget in percent over the batch without adapters")
    }
    guard margin >= 0, margin.isFinite else { throw ValidationError("--margin must be 0 or more, not \(margin)") }
    guard (0...100).contains(hardBelow) else {
      throw ValidationError("--hard-below must be 0 to 100, not \(hardBelow)")
    }
  }

  func options() throws -> RecommendationOptions {
    var options = RecommendationOptions()
    options.margin = margin
    options.hardBelow = hardBelow
    options.fleet = fleet
    if let latencyBudget {
      guard let budget = LatencyBudget(parsing: latencyBudget) else {
        throw ValidationError("--latency-budget takes percent (10) or milliseconds (8ms), not '\(latencyBudget)'")
      }
      if case .overheadPercent(let percent) = budget, percent <= 0 {
        throw ValidationError("--latency-budget takes more than 0 percent, not '\(latencyBudget)'")
      }
      options.budget = budget
    }
    return options
  }

  func filter() throws -> StudySelection.Filter {
    var filter = StudySelection.Filter()
    if let model {
      var flags = ModelFlags()
      flags.model = model
      filter.model = flags.reference
    }
    filter.data = Set((data ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    if let seeds { filter.seeds = Set(try SeedArgument.parse(seeds)) }
    filter.query = fitting.filter
    return filter
  }

  var storeURL: URL { store.url ?? StoreLocation.defaultStore() }

  func request() throws -> StudyRequest {
    var request = StudyRequest()
    request.filter = try filter()
    request.options = try options()
    request.publishedOnly = published
    request.scope = scope
    return request
  }

  func checkScope(_ content: ReportContent) throws {
    guard let scope, !content.scopes.contains(scope) else { return }
    throw CommandError(
      "no part '\(scope)' in this study; there are \(content.scopes.joined(separator: ", "))", status: 64)
  }

  /// The report of what was chosen; nil where the store holds no finished run of it.
  func content() async throws -> ReportContent? {
    let study = try PublishedStudy.standard()
    if published {
      return ReportContent(
        table: study.table, selection: nil, published: study, options: try options(), scope: scope)
    }
    // Without a store there are no runs: reading it would be an error.
    guard FileManager.default.fileExists(atPath: storeURL.path) else { return nil }
    let session = try await StudySession.open(store: store.url, readOnly: true)
    let content = try await session.engine.report(try request())
    return content.isPublishedOnly ? nil : content
  }
}
