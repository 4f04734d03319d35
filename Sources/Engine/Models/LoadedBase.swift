import Foundation
import HuggingFace
import Messages
import Text
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
