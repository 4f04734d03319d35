import ArgumentParser
import Builtin
import Engine
import Foundation
import Messages
import Recipe
import Training
import Transformer

/// Looks at a base before it is trained.
struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract:
      "How fast each set of modules could learn at first, without training: gradient energy, feature norms, predicted TPOT.",
    discussion: """
      Energy is the squared gradient in B at B = 0, by layer and module, over some batches and starts of A; over modules it adds up exactly, \
      so that one look gives it for all combinations. It says how fast the loss can fall at first and no more: a set always \
      has more of it than its parts, whichever ends better. Nothing is stored. Run it on an otherwise idle machine, or with --no-latency.
      """)

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp(DataFlags.help, valueName: "task|file|name:path")) var data: String
  @OptionGroup var form: DataFormFlags
  @Option(help: "Batches to look at.") var batches = 8
  @Option(help: "Starts of A to look at.") var starts = 3
  @Option(help: .setting("rank")) var rank: Int?
  @Option(help: .setting("alpha")) var alpha: Double?
  @Option(help: .setting("batch_size")) var batchSize: Int?
  @Option(help: .setting("sequence_length")) var sequenceLength: Int?
  @Option(help: .setting("seed")) var seed: UInt64?
  @Flag(help: "Multiply in bfloat16, as --bf16 of `train`.") var bf16 = false
  @Flag(help: "Do not measure TPOT.") var noLatency = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(batches, "batches", Probe.Options.counts)
    try ArgumentRange.check(starts, "starts", Probe.Options.counts)
    try ArgumentRange.check(rank, "rank", TrainingLimits.ranks)
    try ArgumentRange.threads(threads)
    if bf16 { try TrainingFlags.checkBF16() }
    do { try settings(RunSettings()).validate() } catch { throw ValidationError("--\(error)") }
  }

  private func settings(_ start: RunSettings) -> RunSettings {
    var settings = start
    if let rank {
      settings.rank = rank
      // A rank of its own means 2 × rank again.
      settings.alpha = nil
    }
    if let alpha { settings.alpha = alpha }
    if let batchSize { settings.batchSize = batchSize }
    if let sequenceLength { settings.sequenceLength = sequenceLength }
    if let seed { settings.seed = seed }
    if bf16 { settings.useBF16 = true }
    form.put(into: &settings)
    return settings
  }

  private func request() throws -> ProbeRequest {
    var flags = DataFlags()
    flags.data = data
    flags.eval = nil
    flags.evalShare = nil
    let reference = try flags.reference(taskNames: BuiltinTasks.all.map(\.name))
    try PlanBuilder.check(model.reference)
    try PlanBuilder.check(reference, settings: form.settings(), model: model.reference)
    return ProbeRequest(
      model: model.reference, data: reference, settings: settings(try RecommendedSettings.of(reference)),
      batches: batches, starts: starts, measuresLatency: !noLatency)
  }

  func run() throws {
    let request = try request()
    let signals = SignalWatch { _ in }
    let line = ProgressLine()
    let clock = ContinuousClock()
    let began = clock.now
    let result = try BaseProbe.run(request, team: LoadedModel.team(threads)) { progress in
      line.show(
        progress.words, fraction: progress.phase == .reading ? nil : progress.fraction,
        detail: ProgressLine.duration((clock.now - began) / .seconds(1)))
      return signals.received == nil
    }
    line.finish()
    guard let result else {
      throw CommandError("interrupted: a probe stores nothing", status: 128 + (signals.received ?? SIGINT))
    }
    let seconds = (clock.now - began) / .seconds(1)
    for note in result.notes { line.note("note: \(note)") }
    if let costs = result.costs, let disturbance = CoreUse.disturbance(costs.coreShare) {
      line.note("warning: \(disturbance)")
    }
    let order = ProbeOrder(result)
    if json.json { return try JSONOutput.print(ProbeReport(request, result, order, seconds: seconds)) }
    ProbeText(request: request, probe: result, order: order, seconds: seconds).print()
  }
}

/// The JSON object of `probe`.
struct ProbeReport: Encodable {
  struct Module: Encodable {
    var name: String
    var layer: Int
    var module: String
    var group: String
    var energy: ProbeResult.Spread
    /// `[batches][starts]`
    var energies: [[Double]]
    var featureNorm: Double?
    var randomNorm: Double?
    /// PLoP's normalised feature norm.
    var nfn: Double?
  }

  struct Group: Encodable {
    var group: String
    var energy: ProbeResult.Spread
    var share: Double
    var nfn: Double?
    var tpotOverheadPercent: Interval?
  }

  struct Kind: Encodable {
    var module: String
    var energy: ProbeResult.Spread
    var nfn: Double?
  }

  struct Place: Encodable {
    var targets: String
    var energy: ProbeResult.Spread
    var predictedTpotOverheadPercent: Interval?
    var beforeNext: Double?
    var notToldFrom: [String]
  }

  var model: String
  var data: String
  var rank: Int
  var alpha: Double
  var seed: UInt64
  var batches: Int
  var starts: Int
  var examples: Int
  var lossTokens: Int
  var loss: Double
  var modules: [Module]
  /// Over all layers.
  var kinds: [Kind]
  var groups: [Group]
  /// Measured with all four groups, and by how much the sum of the four misses it.
  var allTpotOverheadPercent: Interval?
  var additivityError: Double?
  var coreShare: Double?
  var order: [Place]
  /// `[place][place]` how often the first of a pair has more energy.
  var probabilities: [[Double]]
  var notes: [String]
  var seconds: Double

  init(_ request: ProbeRequest, _ probe: ProbeResult, _ order: ProbeOrder, seconds: Double) {
    let names = probe.linears.decoder.names
    let whole = probe.spread(of: probe.linears.all).mean
    model = request.model.displayName
    data = request.data.displayName
    (rank, alpha, seed) = (probe.rank, probe.alpha, probe.seed)
    (batches, starts, examples) = (probe.batches, probe.starts, probe.examples)
    (lossTokens, loss) = (probe.lossTokens, probe.loss)
    modules = probe.cells.map { cell in
      Module(
        name: names.name(of: cell.path), layer: cell.path.layer, module: cell.path.module.rawValue,
        group: cell.path.module.group.rawValue, energy: ProbeResult.spread(cell.energies), energies: cell.energies,
        featureNorm: cell.featureNorm, randomNorm: cell.randomNorm, nfn: ProbeResult.featureScore([cell]))
    }
    kinds = LinearModule.allCases.compactMap { module in
      let cells = probe.cells.filter { $0.path.module == module }
      return cells.isEmpty
        ? nil
        : Kind(
          module: module.rawValue, energy: ProbeResult.spread(probe.sum(of: cells)),
          nfn: ProbeResult.featureScore(cells))
    }
    groups = probe.linears.groups.map { group in
      let energy = probe.spread(of: group.set)
      return Group(
        group: group.rawValue, energy: energy, share: whole > 0 ? energy.mean / whole : 0,
        nfn: probe.featureScore(of: group.set), tpotOverheadPercent: probe.overhead(of: group.set))
    }
    allTpotOverheadPercent = probe.costs?.all
    additivityError = probe.additivityError
    coreShare = probe.costs?.coreShare
    self.order = order.entries.map { entry in
      Place(
        targets: entry.targets.label, energy: entry.energy, predictedTpotOverheadPercent: entry.overheadPercent,
        beforeNext: entry.beforeNext, notToldFrom: entry.notTold.map(\.label))
    }
    probabilities = order.probabilities
    notes = probe.notes
    self.seconds = seconds
  }
}
