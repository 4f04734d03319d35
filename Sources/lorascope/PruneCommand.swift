import Analysis
import ArgumentParser
import Foundation
import Messages
import Recipe
import Text

struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Drop what a finished run's adapter can do without: layers and modules, or ranks.",
    discussion: """
      The smallest part is looked for whose loss on the tuning split is none by the paired test and cannot be larger than the \
      tolerance. It is a run of its own beside its parent, scored on the evaluation split, with its TPOT and a PEFT folder; nothing \
      is trained unless --refit asks for it.
      """)

  @Argument(help: "The finished run's number.") var run: RunID
  @Option(
    help: ArgumentHelp(
      "layers drops layers and modules; rank lowers ranks by truncating the singular values of B·A.",
      valueName: "layers|rank")) var way = Pruning.Way.layers
  @Option(help: ArgumentHelp("The largest loss that is put up with.", valueName: "points")) var tolerance =
    Pruning.tolerance
  @Option(help: "Examples of the tuning split that candidates are scored on.") var examples = Pruning.examples
  @Option(help: ArgumentHelp("Begin no candidate after so many minutes.", valueName: "number")) var minutes: Double?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Set beside it what is no larger: the last layers, or random ones.", valueName: "last|random"))
  var baseline: [Pruning.Baseline] = []
  @Flag(
    help:
      "A table of the whole adapter, the choice, the last layers and random ones: TPOT in one sitting and paired loss.")
  var compare = false
  @Option(
    help: ArgumentHelp(
      "With --compare, put the table into this Markdown file, between its two marks.", valueName: "file"))
  var into: String?
  @Option(help: ArgumentHelp("Train on what is left, on the run's training split.", valueName: "steps")) var refit: Int?
  @Flag(help: "Leave TPOT unmeasured.") var noLatency = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.threads(threads)
    if let refit { try ArgumentRange.check(refit, "refit", TrainingLimits.steps) }
    if into != nil, !compare { throw ValidationError("--into takes the table of --compare: add that") }
    if into != nil, json.json { throw ValidationError("--into writes Markdown, not JSON") }
    try ArgumentRange.check(examples, "examples", Pruning.exampleCounts)
    try ArgumentRange.check(minutes, "minutes", NumberRange(over: 0, to: 100_000))
    guard Pruning.tolerances.contains(tolerance) else {
      throw ValidationError("--tolerance must be 0.1 to 100 points, not \(tolerance)")
    }
  }

  func run() async throws {
    // Not after an hour of pruning.
    if let into { _ = try replaced(in: into, by: "") }
    let session = try await StudySession.open(store: store.url, threads: threads, mustExist: true)
    try await session.require([run])
    let pruning = Pruning(
      parent: run, way: way, tolerance: tolerance, examples: examples, minutes: minutes,
      baselines: Pruning.Baseline.allCases.filter { compare || baseline.contains($0) }, refit: refit)
    let ids = try await session.queue(.prune(pruning, measureLatency: !noLatency))
    let snapshot = await session.follow(ids + session.baselines(of: ids))
    await session.close()
    guard let id = ids.first, let result = snapshot.run(id) else {
      throw CommandError("the pruning did not start; the log has the reason", status: 70)
    }
    if json.json {
      try JSONOutput.print(RunReport(result, base: snapshot.baseline(of: result.plan)))
    } else if result.state == .done {
      print(RunTable.text([snapshot.run(run), result].compactMap(\.self)))
      for line in result.pruned.map(PruningWords.lines) ?? [] { print(OneLine.text(line)) }
      if compare, result.pruned?.chosen != nil {
        let rows = PruningTable.rows(result).map(PruningTable.cells)
        print("\n" + RunTable.table([PruningTable.head] + rows).joined(separator: "\n"))
        if let into {
          let text = try replaced(in: into, by: PruningTable.markdown(result))
          try OutputFile.save(Array(text.utf8), to: FileIdentity.real(Paths.absolute(into)))
          print(Paths.absolute(into))
        }
      }
    }
    try session.exitIfInterrupted()
    if result.state != .done {
      throw CommandError(
        result.reason ?? "the pruning ended as \(result.state.rawValue)", status: result.failureStatus ?? 1)
    }
  }
}

extension PruneCommand {
  /// The page with the table between its marks.
  ///
  /// - Throws: what reading it throws, and `Refusal` without the marks.
  private func replaced(in file: String, by markdown: String) throws -> String {
    guard let text = String(validating: try StandardStreams.contents(of: file), as: UTF8.self) else {
      throw CommandError("'\(file)' is not UTF-8 text", status: 65)
    }
    return try TableBlock.replaced(
      in: text, by: markdown, name: file, begin: PruningTable.begin, end: PruningTable.end)
  }
}

extension Pruning.Way: ExpressibleByArgument {}
extension Pruning.Baseline: ExpressibleByArgument {}

/// What pruning has kept, as `--json` prints it; differences in points.
struct PrunedReport: Encodable {
  struct Loss: Encodable {
    var differencePoints: RunReport.Intervals
    var boundPoints: Double
    var pValue: Double
    var pIsBound: Bool
    var test: String
    var examples: Int
    var groups: Int?

    init(_ loss: PairedLoss) {
      differencePoints = RunReport.Intervals(loss.difference)
      boundPoints = loss.bound
      (pValue, pIsBound, test, examples, groups) = (loss.pValue, loss.pIsBound, loss.test, loss.examples, loss.groups)
    }
  }

  struct Candidate: Encodable {
    var name: String
    var parameters: Int
    var loss: Loss
    var borne: Bool
    var tpot: TPOT?

    init(_ candidate: PrunedAdapter.Candidate) {
      (name, parameters, borne) = (candidate.name, candidate.parameters, candidate.isBorne)
      loss = Loss(candidate.loss)
      tpot = candidate.latency.map(TPOT.init)
    }
  }

  struct TPOT: Encodable {
    var p50Ms: Double
    var overheadPercent: RunReport.Intervals
    var busy: Bool

    init(_ latency: LatencySummary) {
      (p50Ms, busy) = (latency.p50, latency.isBusy)
      overheadPercent = RunReport.Intervals(latency.overheadPercent)
    }
  }

  struct Refit: Encodable {
    var steps: Int
    var gained: Loss?
    var confirmed: Loss?

    init(_ refit: PrunedAdapter.Refit) {
      steps = refit.steps
      (gained, confirmed) = (refit.gained.map(Loss.init), refit.confirmed.map(Loss.init))
    }
  }

  var way: String
  var tolerancePoints: Double
  var linearLayers: Int
  var parentLinearLayers: Int
  var parameters: Int
  var parentParameters: Int
  var lowestRank: Int
  var highestRank: Int
  var energyShare: Double
  var candidates: [Candidate]
  /// Its place among the candidates; null where nothing can go.
  var chosen: Int?
  var endedByTime: Bool
  var confirmed: Loss?
  var baselines: [Candidate]
  /// Of the whole adapter, measured beside it.
  var wholeTpot: TPOT?
  var refit: Refit?

  init(_ result: PrunedAdapter) {
    way = result.way.rawValue
    tolerancePoints = result.tolerance
    (linearLayers, parentLinearLayers) = (result.places, result.parentPlaces)
    (parameters, parentParameters) = (result.parameters, result.parentParameters)
    (lowestRank, highestRank) = (result.ranks.lowerBound, result.ranks.upperBound)
    energyShare = result.energy
    candidates = result.candidates.map(Candidate.init)
    chosen = result.chosen
    endedByTime = result.isCut
    confirmed = result.confirmed.map(Loss.init)
    baselines = result.baselines.map(Candidate.init)
    wholeTpot = result.whole.map(TPOT.init)
    refit = result.refit.map(Refit.init)
  }
}
