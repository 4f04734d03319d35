import Analysis
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

extension ToolConfiguration {
  /// A recommendation with the settings of the newest run that it rests on, and with the general defaults where there is none.
  ///
  /// - Parameters:
  ///   - runs: the study's.
  ///   - baseModel, data: what the configuration names instead of the run's own.
  /// - Throws: `StudyError` where nothing was picked, or single layers were, which these files do not carry.
  public init(_ pick: Recommendation, runs: [RunSummary], baseModel: String? = nil, data: String? = nil) throws {
    guard let targets = pick.targets else {
      throw StudyError("no pick for \(pick.kind.title), so no configuration: \(pick.reason)", exitStatus: 65)
    }
    guard !targets.isRestricted, targets.isDisjoint(with: .vision) else {
      throw StudyError(
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
        ToolData(path: data ?? path, options: run.map { DataOptions($0.plan.settings) } ?? DataOptions())
      case (let data?, _): ToolData(path: data, options: DataOptions())
      // A published data set's files have a form of their own, which these tools are not told of.
      case (nil, .published(_, let path, _)): ToolData(path: path)
      case (nil, .file), (nil, .task), (nil, nil): ToolData(path: "train.jsonl")
      }
    // A folder that is here says itself what its modules are called.
    var modules = baseModel == nil ? run?.prepared?.modules ?? [] : []
    if let folder = baseModel.map({ URL(fileURLWithPath: $0) }),
      FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
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
  package init(path: String, options: DataOptions) {
    let alpaca = options.form == .alpaca
    self.init(
      path: path, form: options.form ?? .promptCompletion,
      promptField: options.promptField ?? (alpaca ? "instruction" : "prompt"),
      completionField: options.completionField ?? (alpaca ? "output" : "completion"))
    guard let file = try? DataFile.read(URL(fileURLWithPath: path), as: options.reading) else { return }
    form = file.form
    promptField = file.promptField
    completionField = file.completionField
    (hasInput, hasSystem) = (file.hasInput, file.hasSystem)
    (turnsField, turnsHaveRoles) = (file.turnsField, file.turnsHaveRoles)
    imageField = file.imageField
  }
}
