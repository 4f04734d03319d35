import Analysis
import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

/// `latency --adapters`: batches whose sequences have adapters of their own, beside the same batches without.
struct FleetLatencies {
  let model: ModelReference
  let options: FleetLatencyOptions
  let type: AdapterType
  let budget: Double?
  /// Merged models are measured beside them where they fit the memory.
  let merges: Bool
  /// Where measurements are kept; nil where they are not.
  let keeping: (session: StudySession, fingerprint: String)?
  let threads: Int?
  let json: Bool

  /// One kind of adapter.
  struct Source {
    var name: String
    var specification: LoRASpecification
    var targets: Targets
    /// Its values; nil for fresh ones.
    var adapter: LoRAAdapter?
    /// Its folder, which it is read from.
    var folder: URL?
    var run: RunID?
  }

  struct Report: Encodable {
    struct Entry: Encodable {
      struct Passing: Encodable {
        var percent: Double
        /// Absent where no number that was looked at passes it.
        var adapters: Int?
        var overheadPercent: Double?
        var predicted: Bool?
      }

      var name: String
      var run: RunID?
      var targets: String
      var parameters: Int
      var measurements: [FleetFigures]
      var budget: Passing?
    }

    var model: String
    var mix: AdapterMix
    var type: AdapterType
    var seed: UInt64
    var sets: [Entry]
    /// What was left out, and why, one line each.
    var leftOut: [String]
    var kept: Int
  }

  func run(_ sources: [Source], on base: BaseModel) async throws {
    let line = ProgressLine()
    let team = LoadedModel.team(threads)
    var report = Report(
      model: model.displayName, mix: options.mix, type: type, seed: options.latency.seed, sets: [], leftOut: [], kept: 0
    )
    for (place, source) in sources.enumerated() {
      let label = "[\(place + 1)/\(sources.count)] \(source.name)"
      guard let measured = try measure(source, base, team, label, line, &report.leftOut) else { break }
      line.finish()
      tell(measured, source, isFirst: place == 0)
      report.sets.append(entry(measured, source, base))
      // Each as soon as it is there: what interrupts the next loses nothing.
      if let keeping, keeping.session.receivedSignal == nil {
        try await keeping.session.expect(
          .keepFleets(measured.map { measurement($0, source, base, team, keeping.fingerprint) }))
        report.kept += measured.count
      }
    }
    line.finish()
    for reason in report.leftOut where !json { print("left out: \(reason)") }
    if report.sets.isEmpty, keeping?.session.receivedSignal == nil {
      throw CommandError("not one round was finished: raise --time-cap", status: 65)
    }
    if json { try JSONOutput.print(report) }
  }

  /// Nil where a signal ended it before a round was through.
  private func measure(
    _ source: Source, _ base: BaseModel, _ team: WorkerTeam, _ label: String, _ line: ProgressLine,
    _ leftOut: inout [String]
  ) throws -> [FleetLatency]? {
    line.show(label, fraction: nil, detail: "preparing")
    let count = options.adaptersNeeded
    let adapters =
      try source.adapter.map { try FleetAdapters.copies(count, of: $0, type: type) }
      ?? FleetAdapters.random(count, source.specification, of: base, type: type)
    // An adapter that a person deletes meanwhile is in memory already, and where nothing can be written the rest is measured all the same.
    let loading =
      source.folder.flatMap { try? AdapterLoading.seconds(of: $0, configuration: base.configuration) }
      ?? (try? AdapterLoading.seconds(of: adapters[0]))
    let merged = try merges ? mergedModels(source, adapters, base, team, &leftOut) : []
    let measured = try FleetTiming.measure(
      base: base, adapters: adapters, merged: merged, options: options, team: team
    ) { progress in
      let width = progress.halfWidth.map { String(format: "  widest interval ± %.2f points", $0) } ?? ""
      line.show(
        label, fraction: min(1, progress.seconds / progress.timeCap), detail: "round \(progress.round)\(width)")
      return keeping?.session.receivedSignal == nil
    }
    return measured?.map {
      var result = $0
      result.loadSeconds = loading
      return result
    }
  }

  /// As many models as the largest batch has sequences, each with an adapter merged into it, in the base's own types.
  private func mergedModels(
    _ source: Source, _ adapters: [LoRAAdapter], _ base: BaseModel, _ team: WorkerTeam, _ leftOut: inout [String]
  ) throws -> [BaseModel] {
    let count = options.sequences.max() ?? 1
    let bytes = source.specification.targets.reduce(0) { $0 + (base[$1]?.byteCount ?? 0) }
    // One of them is in FP32 while it is made.
    guard MemoryShortage.fits((count + 2) * bytes) else {
      leftOut.append(
        "\(source.name): \(count) merged models, whose weights take \(MemoryShortage.text(count * bytes)); a smaller --adapters fits"
      )
      return []
    }
    return try (0..<count).map {
      try MergedModel.merge(adapters[$0 % adapters.count], into: base, keepsElements: true, team: team)
    }
  }

  private func tell(_ measured: [FleetLatency], _ source: Source, isFirst: Bool) {
    if let worst = measured.map(\.coreShare).min(), let disturbance = CoreUse.disturbance(worst) {
      StandardStreams.note("warning: \(source.name): \(disturbance)")
    }
    if json { return }
    if !isFirst { print("") }
    let run = source.run.map { " (run #\($0))" } ?? ""
    print("\(source.name)\(run), over the same batch without adapters:")
    print(RunTable.table([FleetTable.head] + measured.map(FleetTable.row)).joined(separator: "\n"))
    for text in measured.compactMap(FleetTable.merged) { print(text) }
    if let budget {
      print(
        FleetTable.budget(
          budget, measured, seed: options.latency.seed, most: FleetLatencyOptions.mostSequences))
    }
  }

  private func entry(_ measured: [FleetLatency], _ source: Source, _ base: BaseModel) -> Report.Entry {
    var entry = Report.Entry(
      name: source.name, run: source.run, targets: source.targets.label,
      parameters: source.specification.parameterCount(in: base.configuration),
      measurements: measured.map { FleetFigures($0) })
    if let budget {
      let passing = FleetCurve(measured, seed: options.latency.seed)
        .passes(budget, most: FleetLatencyOptions.mostSequences)
      entry.budget = Report.Entry.Passing(
        percent: budget, adapters: passing?.sequences, overheadPercent: passing?.percent,
        predicted: passing?.isPredicted)
    }
    return entry
  }

  private func measurement(
    _ latency: FleetLatency, _ source: Source, _ base: BaseModel, _ team: WorkerTeam, _ fingerprint: String
  ) -> FleetMeasurement {
    FleetMeasurement(
      key: FleetMeasurement.Key(
        run: source.run, baseFingerprint: fingerprint, targets: source.targets,
        parameters: source.specification.parameterCount(in: base.configuration),
        useDoRA: source.specification.useDoRA, sequences: latency.sequences, mix: latency.mix, type: latency.type,
        machine: Engine.machine, threads: team.threads),
      latency: latency, model: model.displayName, time: Date().timeIntervalSince1970)
  }
}

/// The kinds of adapters that `latency --adapters` measures.
extension FleetLatencies.Source {
  /// Fresh ones of a shape.
  init(_ targets: Targets, _ rank: GroupedValue<Int>, dora: Bool, on base: BaseModel) throws {
    let specification = try LoRASpecification(
      targets: targets, in: base.configuration, settings: rank.settings { $0.useDoRA = dora })
    self.init(name: targets.label, specification: specification, targets: targets)
  }

  /// A folder's.
  ///
  /// - Parameter fingerprint: the base's; an adapter that names another is refused.
  init(folder path: String, fingerprint: String, on base: BaseModel, run: RunID? = nil) throws {
    guard let adapter = try LoadedModel.adapter(path, for: base, of: nil) else {
      throw CommandError("no adapter folder '\(path)'", status: 66)
    }
    let folder = URL(fileURLWithPath: Paths.absolute(path))
    if let own = try PEFTAdapterFolder.baseFingerprint(of: folder), own != fingerprint {
      throw CommandError(
        "the adapter '\(path)' was trained on another base than --model: name that one, or leave the adapter out",
        status: 65)
    }
    self.init(
      name: path, specification: adapter.specification,
      targets: Targets(paths: adapter.specification.targets, in: base.configuration),
      adapter: adapter, folder: folder, run: run)
  }
}
