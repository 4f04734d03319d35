import Analysis
import ArgumentParser
import Engine
import Foundation
import Messages

/// Which runs `report` and `recommend` look at, and how they judge them.
struct StudyChoice: ParsableArguments {
  @Option(help: ArgumentHelp("Only runs on this base (default: the base with most runs).", valueName: "builtin|dir"))
  var model: String?
  @Option(help: ArgumentHelp("Only runs on these data sets, as `runs list` names them, by commas.", valueName: "names"))
  var data: String?
  @Option(help: "Only runs of these seeds, by commas.") var seeds: String?
  @Option(
    help: ArgumentHelp(
      "A part of the study for the recommendations: text, image, a data set's name and so on.", valueName: "name"))
  var scope: String?
  @Flag(help: "The article's published figures instead of runs of the store.") var published = false
  @Option(
    help: ArgumentHelp("Most that decoding may cost: 10 (% over the base) or 8ms (TPOT p95).", valueName: "percent"))
  var latencyBudget: String?
  @Option(help: "Points that a faster combination may be worse.") var margin = 1.0
  @Option(help: "A data set is hard where the base scores less, percent.") var hardBelow = 50.0
  @OptionGroup var store: StoreFlags

  func validate() throws {
    _ = try options()
    _ = try filter()
    guard margin >= 0, margin.isFinite else { throw ValidationError("--margin must be 0 or more, not \(margin)") }
    guard (0...100).contains(hardBelow) else {
      throw ValidationError("--hard-below must be 0 to 100, not \(hardBelow)")
    }
  }

  func options() throws -> RecommendationOptions {
    var options = RecommendationOptions()
    options.margin = margin
    options.hardBelow = hardBelow
    if let latencyBudget {
      guard let budget = LatencyBudget(parsing: latencyBudget) else {
        throw ValidationError("--latency-budget takes percent (10) or milliseconds (8ms), not '\(latencyBudget)'")
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
    if let seeds { filter.seeds = Set(try SweepCommand.parseSeeds(seeds)) }
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
