import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Messages
import Text
import Training

struct RunsExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Copy a run's adapter out, also for llama.cpp, write its base with the adapter merged into it, or runs for other tools.",
    discussion: """
      `--jsonl`, `--csv`, `--tensorboard` and `--wandb-offline` take several runs, or all that have begun where none is named.

      A merge is checked: the largest difference of a logit to base and adapter, on prompts of the run's own data, is \
      said for the folder as it was written.
      """)

  @Argument(help: "The run's number, or several numbers.") var runs: [RunID] = []
  @Option(help: ArgumentHelp("The new PEFT folder.", valueName: "dir")) var peft: String?
  @Option(help: ArgumentHelp("The adapter as a new GGUF file, for llama.cpp's --lora.", valueName: "file"))
  var gguf: String?
  @Option(help: ArgumentHelp("The new model folder, with the adapter merged into the base.", valueName: "dir"))
  var merged: String?
  @Option(
    help: ArgumentHelp(
      "Of A and B in the PEFT folder or the GGUF file: as they are, or half as large; f16 of GGUF alone (default: fp32).",
      valueName: "fp32|bf16|f16"))
  var dtype: AdapterExportType?
  @Option(help: "Of the merged weights: bfloat16 or float32 (default: the base's own).") var type: MergedType?
  @Option(help: ArgumentHelp("A file with one JSON object a run: settings, losses, results.", valueName: "file"))
  var jsonl: String?
  @Option(help: ArgumentHelp("A table with one line a run.", valueName: "file")) var csv: String?
  @Option(help: ArgumentHelp("A folder for TensorBoard, with a folder for each run in it.", valueName: "dir"))
  var tensorboard: String?
  @Option(
    help: ArgumentHelp(
      "A folder with a folder for each run, which `wandb sync` uploads to Weights & Biases.", valueName: "dir"))
  var wandbOffline: String?
  @Flag(help: "Replace the PEFT folder, the GGUF file or the files, or write into the model folder, if it is there.")
  var force = false
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var run: RunID
    /// The PEFT folder.
    var peft: String?
    var gguf: GGUFExport.Report?
    var merge: MergeExport.Report?

    enum CodingKeys: String, CodingKey { case run, peft, gguf }

    /// What was merged stands beside the run's number, as `merge` prints it.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(run, forKey: .run)
      try container.encodeIfPresent(peft, forKey: .peft)
      try container.encodeIfPresent(gguf, forKey: .gguf)
      try merge?.encode(to: encoder)
    }
  }

  func validate() throws {
    let isOfAdapter = peft != nil || gguf != nil || merged != nil
    if !isOfAdapter, !isOfRuns {
      throw ValidationError("give --peft, --gguf, --merged, --jsonl, --csv, --tensorboard or --wandb-offline")
    }
    if isOfAdapter {
      if isOfRuns {
        throw ValidationError(
          "--peft, --gguf and --merged go without --jsonl, --csv, --tensorboard and --wandb-offline")
      }
      guard runs.count == 1 else { throw ValidationError("--peft, --gguf and --merged take one run") }
    }
    if type != nil, merged == nil { throw ValidationError("--type goes with --merged") }
    if dtype != nil, peft == nil, gguf == nil {
      throw ValidationError("--dtype goes with --peft and --gguf; of merged weights --type says it")
    }
    if dtype == .f16, peft != nil { throw ValidationError("--dtype f16 is of --gguf alone: --peft has fp32 and bf16") }
  }

  private var isOfRuns: Bool { jsonl != nil || csv != nil || tensorboard != nil || wandbOffline != nil }
  private var run: RunID { runs.first ?? 0 }

  func run() async throws {
    StandardStreams.finishFirst()
    let session = try await StudySession.open(store: store.url, readOnly: true)
    try await session.require(runs)
    if isOfRuns {
      let export = RunsExport(jsonl: jsonl, csv: csv, tensorboard: tensorboard, wandb: wandbOffline, replace: force)
      return try await export.write(runs, session, json.json)
    }
    guard case .run(let summary) = await session.bus.ask(.run(run)) else {
      throw CommandError("no run #\(run) in this store", status: 66)
    }
    guard let path = summary.adapterPath, FileManager.default.fileExists(atPath: path) else {
      throw CommandError("run #\(run) has no adapter (it is \(summary.state.rawValue))", status: 66)
    }
    var report = Report(run: run)
    if let peft {
      report.peft = try await export(session, to: peft)
      if !json.json, let target = report.peft { print(target) }
    }
    if let gguf {
      let places = OutputPlaces(runs: await session.bus.currentSnapshot().runs, folder: session.engine.folder)
      try places.check(Paths.absolute(gguf), of: run)
      let export = GGUFExport(
        model: summary.plan.model, adapter: path, output: gguf, element: dtype?.element ?? .fp32, run: run,
        force: force)
      let written = try export.write()
      report.gguf = written
      if !json.json { print(written.file) }
    }
    guard let merged else {
      if json.json { try JSONOutput.print(report) }
      return
    }
    try OutputPlaces(runs: await session.bus.currentSnapshot().runs, folder: session.engine.folder)
      .check(Paths.absolute(merged), of: run)
    let (texts, source) = await prompts(session, summary.plan)
    let export = MergeExport(
      model: summary.plan.model, adapter: path, output: merged, element: type?.element, prompts: texts,
      promptSource: source,
      fingerprint: summary.prepared?.baseFingerprint, force: force)
    let merge = try export.run()
    report.merge = merge
    if json.json { try JSONOutput.print(report) } else { print(export.text(merge)) }
  }

  /// Prompts of the run's own evaluation; where it was not evaluated, of its file, or of no data at all.
  private func prompts(_ session: StudySession, _ plan: RunPlan) async -> (texts: [String], source: String) {
    if case .examples(let examples) = await session.bus.ask(.examples(run)), !examples.isEmpty {
      return (examples.prefix(8).map(\.prompt), "prompts of its evaluation")
    }
    if case .file(let path, _) = plan.data,
      let data = try? DataFile.read(URL(fileURLWithPath: path), as: plan.settings.reading.unscored),
      !data.records.isEmpty
    {
      return (data.records.prefix(8).map { Example($0).prompt }, "prompts of its data")
    }
    return (MergeCommand.sentences, "fixed sentences")
  }

  /// The engine writes it beside the target and renames it, as for the dashboard.
  private func export(_ session: StudySession, to peft: String) async throws -> String {
    let target = Paths.absolute(peft)
    let command: Command =
      dtype == .bf16
      ? .exportBF16(run, path: target, replace: force) : .export(run, path: target, replace: force)
    switch await session.bus.send(command) {
    case .accepted: return target
    case .wouldReplace: throw CommandError("'\(peft)' exists: --force replaces it", status: 73)
    case .refused(let refusal): throw refusal
    }
  }
}

/// What the values of an exported adapter are written as.
enum AdapterExportType: String, CaseIterable, ExpressibleByArgument {
  case fp32, bf16, f16

  var element: GGUFAdapter.Element {
    switch self {
    case .fp32: .fp32
    case .bf16: .bf16
    case .f16: .f16
    }
  }
}
