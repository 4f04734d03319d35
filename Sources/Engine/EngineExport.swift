import Analysis
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

extension Engine {
  /// Copies a run's PEFT folder out: its own files and no others, whole or not at all.
  ///
  /// - Parameter rounds: A and B become BF16.
  func export(_ id: RunID, to path: String, rounds: Bool = false, replace: Bool) async throws -> CommandOutcome {
    let snapshot = await bus.currentSnapshot()
    guard let run = snapshot.run(id) else { throw Refusal("there is no run \(id)", exitStatus: 66) }
    guard let source = run.adapterPath, FileManager.default.fileExists(atPath: source) else {
      throw Refusal("run \(id) has no adapter: it is \(run.state.rawValue)", exitStatus: 66)
    }
    let from = URL(filePath: source).standardizedFileURL
    let target = URL(filePath: path).standardizedFileURL.path
    try OutputPlaces(runs: snapshot.runs, folder: store.folder).check(target, of: id)
    if let entries = OutputFolder.entries(target), !replace, !entries.isEmpty {
      return .wouldReplace("\(target) is there already.")
    }
    if OutputFolder.entries(target) == nil, FileManager.default.fileExists(atPath: target) {
      throw Refusal("\(target) is a file: name a folder", exitStatus: 73)
    }
    if let name = PEFTAdapterFolder.stranger(in: target) {
      throw Refusal(
        "\(target) holds a file \(name) that lorascope did not write, which would be lost: name another folder",
        exitStatus: 73)
    }
    try await Blocking.run {
      do { try PEFTAdapterFolder.copy(from, to: target, rounds: rounds) } catch {
        throw Refusal("cannot write \(target): \(Failure.line(error))", exitStatus: 73)
      }
    }
    return .accepted(runs: [id])
  }

  func exportReport(_ request: StudyRequest, to path: String, replace: Bool) async throws -> CommandOutcome {
    let folder = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    if !replace, FileManager.default.fileExists(atPath: folder.path) {
      return .wouldReplace("\(folder.path) is there already; the report's files in it would be replaced.")
    }
    let content = try await report(request)
    try await Blocking.run { _ = try ReportFolder.write(content, to: folder) }
    return .accepted(runs: [])
  }

  func exportConfiguration(
    _ tool: ConfigurationTool, _ kind: Recommendation.Kind, _ request: StudyRequest, to path: String, replace: Bool
  ) async throws -> CommandOutcome {
    let file = URL(filePath: path).standardizedFileURL
    if !replace, FileManager.default.fileExists(atPath: file.path) {
      return .wouldReplace("\(file.path) is there already.")
    }
    let published = try PublishedStudy.standard()
    let found = try await study(request)
    let fleet = try await fleetStudy(found?.0)
    let text = try await Blocking.run {
      let advice = AdviceBuilder.build(
        found?.1 ?? published.table, selection: found?.0, published: published, request: request, fleet: fleet)
      guard let pick = advice.cards.first(where: { $0.kind == kind }) else {
        throw Refusal("no recommendation for \(kind.title)", exitStatus: 65)
      }
      return try ToolConfiguration(pick, runs: found?.0.runs ?? []).text(for: tool)
    }
    do {
      try OutputFile.makeFolder(file.deletingLastPathComponent().path)
      try OutputFile.save(Array(text.utf8), to: file.path)
    } catch {
      throw Refusal("cannot write \(file.path): \(Failure.line(error))", exitStatus: 73)
    }
    return .accepted(runs: [])
  }
}

extension ToolConfiguration {
  /// A recommendation with the settings of the newest run that it rests on, and with the general defaults where there is none.
  ///
  /// - Parameters:
  ///   - runs: the study's.
  ///   - baseModel, data: what the configuration names instead of the run's own.
  /// - Throws: `Refusal` where nothing was picked, or single layers were, which these files do not carry.
  package init(_ pick: Recommendation, runs: [RunSummary], baseModel: String? = nil, data: String? = nil) throws {
    guard let targets = pick.targets else {
      throw Refusal("no pick for \(pick.kind.title), so no configuration: \(pick.reason)", exitStatus: 65)
    }
    guard !targets.isRestricted, targets.isDisjoint(with: .vision) else {
      throw Refusal(
        "\(targets.label) names single layers or a vision tower, which these configurations do not carry; "
          + "`lorascope runs export` writes its PEFT folder", exitStatus: 65)
    }
    let run = pick.runs.last.flatMap { id in runs.first { $0.id == id } }
    let model: String =
      switch run?.plan.model {
      case .folder(let path): path
      case .builtin, nil: "NAME-OF-YOUR-MODEL"
      }
    let examples: ToolData =
      switch (data, run?.plan.data) {
      // What was said of the run's file holds for that file.
      case (let data, .file(let path, _)) where data.map { URL(fileURLWithPath: $0).path == path } ?? true:
        ToolData(path: data ?? path, settings: run?.plan.settings ?? RunSettings())
      case (let data?, _): ToolData(path: data, settings: RunSettings())
      // A published data set's files have a form of their own, which these tools are not told of.
      case (nil, .published(_, let path, _)): ToolData(path: path)
      case (nil, .file), (nil, .task), (nil, nil): ToolData(path: "train.jsonl")
      }
    // A folder or GGUF file that is here says itself what its modules are called.
    var modules = baseModel == nil ? run?.prepared?.modules ?? [] : []
    if let folder = baseModel.map({ URL(fileURLWithPath: $0) }),
      FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
        || GGUFFile.path(of: folder) != nil
    {
      let configuration = try ModelFolder.configuration(at: folder)
      modules = try targets.paths(in: configuration).map { configuration.name(of: $0) }
    }
    let source = pick.origin == .published ? "published study" : StudySelection.names(pick.runs)
    self.init(
      baseModel: baseModel ?? model, modules: modules, targets: targets,
      settings: run?.plan.settings ?? RunSettings(), steps: run.map(\.totalSteps), data: examples,
      note: "lorascope recommend: \(pick.kind.title), \(targets.label), from \(source)")
  }
}

extension ToolData {
  /// What the file itself says, where it is here and can be read; else what the run was told of it.
  package init(path: String, settings: RunSettings) {
    let alpaca = settings.dataFormat == .alpaca
    self.init(
      path: path, form: settings.dataFormat ?? .promptCompletion,
      promptField: settings.promptField ?? (alpaca ? "instruction" : "prompt"),
      completionField: settings.completionField ?? (alpaca ? "output" : "completion"))
    guard let file = try? DataFile.read(URL(fileURLWithPath: path), as: settings.reading.unscored) else { return }
    form = file.form
    promptField = file.promptField
    completionField = file.completionField
    (hasInput, hasSystem) = (file.hasInput, file.hasSystem)
    (turnsField, turnsHaveRoles) = (file.turnsField, file.turnsHaveRoles)
    imageField = file.imageField
  }
}
