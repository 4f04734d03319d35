import Analysis
import ArgumentParser
import Foundation
import Messages
import Recipe

struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Drop what a finished run's adapter can do without: layers and modules, or ranks.",
    discussion: """
      The smallest part is looked for whose loss on the tuning split is none by the paired test and cannot be larger than the \
      tolerance. It is a run of its own beside its parent, scored on the evaluation split, with its TPOT and a PEFT folder; nothing \
      is trained.
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
  @Flag(help: "Leave TPOT unmeasured.") var noLatency = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(examples, "examples", Pruning.exampleCounts)
    try ArgumentRange.check(minutes, "minutes", NumberRange(over: 0, to: 100_000))
    guard Pruning.tolerances.contains(tolerance) else {
      throw ValidationError("--tolerance must be 0.1 to 100 points, not \(tolerance)")
    }
  }

  func run() async throws {
    let session = try await StudySession.open(store: store.url, threads: threads)
    try await session.require([run])
    let pruning = Pruning(
      parent: run, way: way, tolerance: tolerance, examples: examples, minutes: minutes,
      baselines: Pruning.Baseline.allCases.filter(baseline.contains))
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
    }
    try session.exitIfInterrupted()
    if result.state != .done {
      throw CommandError(
        result.reason ?? "the pruning ended as \(result.state.rawValue)", status: result.failureStatus ?? 1)
    }
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

    init(_ candidate: PrunedAdapter.Candidate) {
      (name, parameters, borne) = (candidate.name, candidate.parameters, candidate.isBorne)
      loss = Loss(candidate.loss)
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
  }
}
