import Builtin
import Engine
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

/// A base model with its tokenizer, and perhaps an adapter, for the tool verbs.
struct LoadedModel {
  let model: BaseModel
  let tokenizer: Tokenizer
  let name: String
  let folder: URL

  /// Whether it can be shown pictures.
  var sight: Sight { Sight(folder: folder, tokenizer: tokenizer, vision: model.configuration.vision) }

  static func load(_ reference: ModelReference) throws -> LoadedModel {
    switch reference {
    case .builtin:
      let (model, tokenizer) = try BuiltinBase.load()
      return LoadedModel(model: model, tokenizer: tokenizer, name: "builtin", folder: try BuiltinBase.locate())
    case .folder(let path):
      try PlanBuilder.check(reference)
      let folder = URL(fileURLWithPath: path)
      let (model, notices) = try ModelFolder.open(at: folder)
      let tokenizer = try Tokenizer(folder: folder)
      tell(notices + tokenizer.notices)
      return LoadedModel(model: model, tokenizer: tokenizer, name: path, folder: folder)
    }
  }

  /// The weights alone: `score` takes token ids and needs no tokenizer.
  static func loadWeights(_ reference: ModelReference) throws -> BaseModel {
    switch reference {
    case .builtin: return try BuiltinBase.load().model
    case .folder(let path):
      try PlanBuilder.check(reference)
      let (model, notices) = try ModelFolder.open(at: URL(fileURLWithPath: path))
      tell(notices)
      return model
    }
  }

  /// What a person should know of a model's or an adapter's files, on standard error.
  static func tell(_ notices: [String]) {
    let line = ProgressLine()
    for notice in notices { line.note("note: \(notice)") }
  }

  /// An adapter's folder, read for a base.
  ///
  /// - Parameter reference: the base's; where the adapter was trained on other weights, that is said. nil: who calls has compared them.
  static func adapter(_ path: String?, for model: BaseModel, of reference: ModelReference?) throws -> LoRAAdapter? {
    guard let path else { return nil }
    let folder = URL(fileURLWithPath: Paths.absolute(path))
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw CommandError("no adapter folder '\(path)'", status: 66)
    }
    let (adapter, notes) = try PEFTAdapterFolder.open(folder, configuration: model.configuration)
    let other = try reference.flatMap { reference in
      try PEFTAdapterFolder.otherBaseNotice(folder) {
        try ModelFolder.fingerprint(at: ModelPlace.folder(of: reference))
      }
    }
    tell(notes + (other.map { [$0] } ?? []))
    return adapter
  }

  static func team(_ threads: Int?) -> WorkerTeam {
    // Beyond that the flag is refused.
    WorkerTeam(
      threads: threads.map { min($0, TrainingLimits.threads.upperBound) }
        ?? ProcessInfo.processInfo.activeProcessorCount)
  }
}
