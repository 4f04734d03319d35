import ArgumentParser
import Foundation
import Messages
import Studies

/// Which runs `report` and `recommend` look at, and how they judge them.
struct StudyChoice: ParsableArguments {
  @Option(help: ArgumentHelp("Only runs on this base (default: the base with most runs).", valueName: "builtin|dir"))
  var model: String?
  @Option(help: ArgumentHelp("Only runs on these data sets, as `runs list` names them, by commas.", valueName: "names"))
  var data: String?
  @Option(help: "Only runs of these seeds, by commas.") var seeds: String?
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

  /// The report of what was chosen; nil where the store holds no finished run of it.
  func content() async throws -> ReportContent? {
    let study = try PublishedStudy.standard()
    if published {
      return ReportContent(table: study.table, selection: nil, published: study, options: try options())
    }
    // Without a store there are no runs: reading it would be an error.
    guard FileManager.default.fileExists(atPath: storeURL.path) else { return nil }
    let session = try await StudySession.open(store: store.url, readOnly: true)
    let selection = StudySelection(await session.bus.currentSnapshot().runs, filter: try filter())
    guard !selection.runs.isEmpty else { return nil }
    var examples: [RunID: [ExampleOutcome]] = [:]
    for run in selection.runs + selection.bases.values {
      switch await session.bus.ask(.examples(run.id)) {
      case .examples(let outcomes): examples[run.id] = outcomes
      case .refused(let reason): throw CommandError(reason, status: 65)
      default: throw CommandError("the store gave no examples of #\(run.id)", status: 70)
      }
    }
    let table = StudyAssembly.table(selection, examples: examples, published: study)
    return ReportContent(table: table, selection: selection, published: study, options: try options())
  }
}
