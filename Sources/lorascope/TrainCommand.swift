import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train one combination of modules, score it and measure its latency.",
    discussion: """
      Flags that are not given have the defaults below for a file of your own; a built-in task brings settings that suit it. All \
      that was resolved is printed before the first step.
      """)

  @OptionGroup var model: ModelFlags
  @OptionGroup var data: DataFlags
  @OptionGroup var form: DataFormFlags
  @Option(
    help: """
      Groups (qkv, o_proj, fc1, fc2), single modules (q_proj, …) or all, and vision for a model's vision tower, separated \
      by commas; @ names layers: o_proj@0-11, q_proj@0-3,5, fc2@12-, all@last:8.
      """)
  var targets: String
  @OptionGroup var flags: TrainingFlags
  @Option(help: .setting("seed")) var seed: UInt64?
  @Option(help: ArgumentHelp("Write the PEFT folder here.", valueName: "dir")) var output: String?
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func run() async throws {
    let targets = try TargetArgument.parse(targets)
    let session = try await StudySession.open(
      store: store.url, threads: flags.threads, evaluatesBase: !flags.noBaseline)
    var plan = try await PlanBuilder(session: session).plan(
      model: model, data: data, form: form, targets: targets, flags: flags)
    if let seed { plan.settings.seed = seed }
    plan.settings.output = output.map(Paths.absolute)
    let reservation = try await reserve(plan, session)
    ProgressLine().note(PlanText.describe(plan))

    if let rates = flags.lr?.racing {
      // The winner's adapter goes there once it has won.
      reservation?.release(nil)
      return try await race(rates, plan, session)
    }
    let ids: [RunID]
    do { ids = try await session.queue(.queue(plan)) } catch {
      reservation?.release(nil)
      throw error
    }
    let baselines = await session.baselines(of: ids)
    let snapshot = await session.follow(ids + baselines)
    guard let id = ids.first, let run = snapshot.run(id) else {
      throw CommandError("the run did not start; the log has the reason", status: 70)
    }
    await session.close()
    if json.json {
      try JSONOutput.print(RunReport(run, base: snapshot.baseline(of: run.plan)))
    } else if run.state == .done {
      print(RunTable.text(baselines.compactMap { snapshot.run($0) } + [run]))
    }
    try session.exitIfInterrupted()
    if run.state != .done {
      // What this machine lacks is no fault of the run.
      throw CommandError(
        run.reason ?? "the run ended as \(run.state.rawValue)", status: run.failureStatus == 69 ? 69 : 1)
    }
    if let wish = plan.settings.output, let place = run.adapterPath, place != wish {
      throw CommandError(
        "run #\(id) is done, but \(wish) could not be written: its adapter is in \(place); "
          + "`lorascope runs export \(id) --peft DIR` copies it to another folder", status: 73)
    }
  }

  /// Several rates race on the tuning split; the one that is taken is trained to its end.
  private func race(_ rates: SearchChoice.Rates, _ plan: RunPlan, _ session: StudySession) async throws {
    let output = plan.settings.output
    var settings = plan.settings
    settings.output = nil
    let request = SearchRequest(
      purpose: .rates, model: plan.model, data: plan.data, settings: settings, combinations: [plan.targets],
      rates: rates.list(own: settings.learningRate), seeds: [settings.seed])
    let line = ProgressLine()
    for text in SearchLines.promise(try await session.promise([request], line), [request]) { line.note(text) }
    let ids = try await session.begin([request])
    let snapshot = await session.follow(searches: ids)
    let search = snapshot.searches.first { ids.contains($0.id) }
    let run = search?.named(in: snapshot).last
    if let output, let run, run.state == .done {
      try await session.expect(.export(run.id, path: output, replace: false))
    }
    await session.close()
    if let search, !json.json { line.note(SearchLines.taken(search)) }
    if let run {
      if json.json {
        try JSONOutput.print(RunReport(run, base: snapshot.baseline(of: run.plan)))
      } else if run.state == .done {
        print(RunTable.text([snapshot.baseline(of: run.plan)].compactMap { $0 } + [run]))
      }
    }
    try session.exitIfInterrupted()
    guard let run, run.state == .done else {
      throw CommandError(search?.reason ?? search?.answer?.sentence ?? "the race did not start", status: 1)
    }
  }

  /// Before anything is computed: a folder that cannot be written, or that has something of a person's in it, ends the command.
  private func reserve(_ plan: RunPlan, _ session: StudySession) async throws -> OutputReservation? {
    guard let output = plan.settings.output else { return nil }
    let snapshot = await session.bus.currentSnapshot()
    try OutputPlaces(runs: snapshot.runs, folder: session.engine.folder).check(output, of: nil)
    let reservation = OutputReservation(folder: output, store: session.engine.folder.database)
    try reservation.take(for: nil) { snapshot.run($0).map { !$0.state.isTerminal } ?? false }
    return reservation
  }
}

/// Turns flags into a plan, and reads what the plan names before anything is queued, so that a wrong path or a
/// broken line ends the command at once and with its own exit status.
struct PlanBuilder {
  let session: StudySession

  func plan(
    model: ModelFlags, data: DataFlags, form: DataFormFlags, targets: Targets, flags: TrainingFlags
  ) async throws -> RunPlan {
    let snapshot = await session.bus.currentSnapshot()
    let taskNames = snapshot.availableData.map(\.name)
    let reference = try data.reference(taskNames: taskNames)
    try Self.check(model.reference)
    var positions: Int?
    if case .folder(let path) = model.reference {
      let configuration = try ModelFolder.configuration(at: URL(fileURLWithPath: path))
      positions = configuration.maxPositions
      // At once, and not when the run begins.
      try ModelFolder.checkMemory(at: URL(fileURLWithPath: path))
      LoadedModel.tell(try ModelFolder.outline(at: URL(fileURLWithPath: path)).notices)
      try targets.check(in: configuration.linears)
    }
    try Self.check(reference, settings: form.settings(), model: model.reference)
    var settings = try RecommendedSettings.of(reference)
    flags.apply(to: &settings)
    form.put(into: &settings)
    // A number of examples of a file asks for a sample of it.
    if case .file = reference, flags.examples != nil, flags.dataSeed == nil { settings.dataSeed = .seed }
    if let positions, settings.sequenceLength > positions {
      throw CommandError(
        "sequences of \(settings.sequenceLength) tokens exceed the \(positions) positions of \(model.model): "
          + "give --sequence-length \(positions) or less", status: 65)
    }
    if let adapter = settings.initialAdapter, !FileManager.default.fileExists(atPath: adapter) {
      throw CommandError("no adapter folder '\(adapter)'", status: 66)
    }
    return RunPlan(model: model.reference, data: reference, targets: targets, settings: settings)
  }

  static func check(_ model: ModelReference) throws {
    guard case .folder(let path) = model else { return }
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError("no model folder '\(path)': give 'builtin', a Hugging Face folder or a GGUF file", status: 66)
    }
    _ = try ModelFolder.configuration(at: URL(fileURLWithPath: path))
  }

  /// What a plan file names, each data set once: its variants read the same one.
  static func check(_ plan: SweepPlan) throws {
    try check(plan.model)
    var seen: Set<DataReference> = []
    for part in plan.parts where seen.insert(part.data).inserted {
      try check(part.data, settings: part.settings, model: plan.model)
    }
  }

  /// Reads the files and the chat template that they will be written out with.
  static func check(_ data: DataReference, settings: RunSettings, model: ModelReference) throws {
    if case .folder(let path) = model { _ = try settings.chat(modelFolder: URL(fileURLWithPath: path)) }
    guard case .file(let path, let evaluation) = data else { return }
    let file = URL(fileURLWithPath: path)
    let reading = settings.reading.ofTraining(beside: evaluation, of: file, tuningShare: settings.tuningShare)
    let read = try DataFile.read(file, as: reading)
    if case .share(let share) = evaluation { try FileTask.check(share: share, of: read.count) }
    if case .file(let other) = evaluation { _ = try DataFile.read(URL(fileURLWithPath: other), as: settings.reading) }
  }
}

/// Everything that `train` resolved, printed before the first step.
enum PlanText {
  static func describe(_ plan: RunPlan) -> String {
    let (settings, standard) = (plan.settings.narrowed(to: plan.targets), RunSettings())
    let said = SettingField.all.filter { field in
      // Which engine goes without saying where it is this program.
      field.key != "epochs"
        && (field.decides.contains(.training) && !field.isByGroup && !SettingField.ofEngines.contains(field.key)
          || field.value(settings) != field.value(standard))
    }
    let words = said.map { field in
      OneLine.text("\(field.title) \(field.key == "steps" ? settings.length : field.text(settings))")
    }
    var lines = [
      "model \(OneLine.text(plan.model.displayName))  data \(OneLine.text(plan.data.displayName))  targets \(plan.targets.label) "
        + "(\(plan.targets.moduleNames.joined(separator: ", ")))"
    ]
    var line = ""
    for word in words {
      if !line.isEmpty, line.count + word.count > 110 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : "  ") + word
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
