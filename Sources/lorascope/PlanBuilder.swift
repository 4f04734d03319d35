import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

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
    try Self.check(reference, options: form.options(), model: model.reference)
    var settings = try RecommendedSettings.of(reference)
    flags.apply(to: &settings)
    form.put(into: &settings)
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
      throw CommandError("no model folder '\(path)': give 'builtin' or a Hugging Face folder", status: 66)
    }
    _ = try ModelFolder.configuration(at: URL(fileURLWithPath: path))
  }

  /// Reads the files and the chat template that they will be written out with.
  static func check(_ data: DataReference, options: DataOptions, model: ModelReference) throws {
    if case .folder(let path) = model { _ = try options.chat(modelFolder: URL(fileURLWithPath: path)) }
    guard case .file(let path, let evaluation) = data else { return }
    _ = try DataFile.read(URL(fileURLWithPath: path), as: options.reading)
    if case .file(let other) = evaluation { _ = try DataFile.read(URL(fileURLWithPath: other), as: options.reading) }
  }
}

/// Everything that `train` resolved, printed before the first step.
enum PlanText {
  static func describe(_ plan: RunPlan) -> String {
    let (settings, standard) = (plan.settings, RunSettings())
    let said = SettingField.all.filter { field in
      field.key != "epochs" && (field.decides.contains(.training) || field.value(settings) != field.value(standard))
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
