import Builtin
import Dispatch
import Foundation
import HuggingFace
import Messages
import Recipe
import Synchronization
import Text
import Training
import Transformer

/// A base model in memory, with its tokenizer: shared by all runs on it.
final class LoadedBase: Sendable {
  let reference: ModelReference
  let folder: URL
  let model: BaseModel
  let tokenizer: Tokenizer
  let summary: ModelSummary
  /// What a person should know of the files, a line each.
  let notices: [String]

  /// Reads weights, configuration and tokenizer. Blocks: only for a thread of its own.
  init(_ reference: ModelReference) throws {
    let folder = try ModelPlace.folder(of: reference)
    // Hashing takes as long as loading: both at once.
    let hashing = Concurrent { try ModelFolder.fingerprint(at: folder) }
    let loaded = Result { (try ModelFolder.open(at: folder), try Tokenizer(folder: folder)) }
    let hashed = hashing.result
    // What is wrong with the model is told first.
    let ((model, notices), tokenizer) = try loaded.get()
    self.notices = notices + tokenizer.notices
    let fingerprint = try hashed.get()
    self.tokenizer = tokenizer
    self.reference = reference
    self.folder = folder
    self.model = model
    summary = ModelSummary(
      reference: reference, name: reference.displayName, parameterCount: model.parameterCount,
      byteCount: model.byteCount, element: model.embedding.element.rawValue,
      fingerprint: fingerprint, linears: model.configuration.linears)
  }
}

extension LoadedBase {
  /// How examples are written out for this model.
  ///
  /// - Throws: what reading a chat template throws.
  func tokenising(_ settings: RunSettings) throws -> Tokenising {
    Tokenising(
      tokenizer, chat: try settings.chat(modelFolder: folder), turns: settings.trainedTurns,
      sight: Sight(folder: folder, tokenizer: tokenizer, vision: model.configuration.vision))
  }
}

/// Where a model's folder lies.
package enum ModelPlace {
  package static func folder(of reference: ModelReference) throws -> URL {
    switch reference {
    case .builtin: try BuiltinBase.locate()
    case .folder(let path): HubFolder.resolved(URL(filePath: path, directoryHint: .isDirectory))
    }
  }
}

/// One copy of each base in memory, however many runs use it.
///
/// The base that was asked for last is kept; others stay only as long as a run holds them.
final class BaseCache: Sendable {
  private struct Held {
    weak var base: LoadedBase?
  }

  private struct State {
    var known: [ModelReference: Held] = [:]
    var newest: LoadedBase?
  }

  private let state = Mutex(State())
  /// Loads one at a time, so that two runs that start together share what the first of them reads.
  private let loading = DispatchQueue(label: "lorascope.bases")

  /// Blocks while it reads: only for a thread of its own.
  func base(_ reference: ModelReference) throws -> LoadedBase {
    try loading.sync {
      if let base = state.withLock({ $0.known[reference]?.base }) {
        state.withLock { $0.newest = base }
        return base
      }
      let base = try load(reference, free: { self.state.withLock { $0.newest = nil } })
      state.withLock { state in
        state.known[reference] = Held(base: base)
        state.newest = base
      }
      return base
    }
  }

  /// Reads a base. Where it does not fit beside the one that was kept for later, that one goes.
  private func load(_ reference: ModelReference, free: () -> Void) throws -> LoadedBase {
    do {
      return try LoadedBase(reference)
    } catch is MemoryShortage {
      free()
      return try LoadedBase(reference)
    }
  }

  /// The same for tasks: reads on a thread of its own.
  func load(_ reference: ModelReference) async throws -> LoadedBase {
    try await Blocking.run { try self.base(reference) }
  }
}
