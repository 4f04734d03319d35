import Foundation
import Fuzzing
import HuggingFace
import Kernels
import TestFiles
import Testing
import Text
import Transformer

extension FuzzTarget {
  /// A GGUF file with bytes changed, most often before its tensors, or with values of its metadata changed: a model, or a tokenizer.
  func gguf(_ mutation: inout Mutation) throws {
    let tokenizers = ["gpt2", "llama3", "qwen3", "smollm2", "tekken", "llama2", "gemma"]
    let isTokenizer = mutation.below(3) == 0
    let name =
      isTokenizer
      ? "tokenizers/\(tokenizers[mutation.below(tokenizers.count)]).gguf"
      : "\(GGUFModelTests.names[mutation.below(GGUFModelTests.names.count)])/model.gguf"
    let path = GGUFModelTests.path(name)
    let original = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let folder = try TemporaryFolder()
    var bytes = original
    switch mutation.below(4) {
    case 0: bytes = mutation.bytes(original)
    case 1:
      var draft = try GGUFDraft(path: path)
      for _ in 0...mutation.below(3) { draft.change(&mutation) }
      bytes = draft.bytes
    default: bytes = mutation.bytes(original, reach: isTokenizer ? 2000 : 3000)
    }
    let file = try folder.write(bytes, "model.gguf")
    if isTokenizer {
      try Self.use(Tokenizer(folder: file))
      _ = try ChatTemplate.read(folder: file)
      return
    }
    let model = try ModelFolder.load(at: file)
    let vocabulary = model.configuration.vocabularySize
    let tokens = (0..<Int32(min(5, model.configuration.maxPositions))).map { $0 % Int32(vocabulary) }
    let logits = try Scoring.logits(base: model, adapter: nil, tokens: tokens, team: WorkerTeam(threads: 1))
    #expect(logits.count == tokens.count && logits.allSatisfy { $0.count == vocabulary })
    _ = try ModelFolder.fingerprint(at: file)
  }
}
