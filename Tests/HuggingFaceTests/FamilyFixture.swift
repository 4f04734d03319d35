import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Transformer

/// One of the tiny models of Tests/Fixtures/families, with what transformers and PEFT made of it.
struct FamilyFixture {
  struct Row: Decodable {
    var tokens: [Int32]
    var lossStart: Int
  }
  struct Greedy: Decodable {
    var prompt: [Int32]
    var continuation: [Int32]
    var gaps: [Double]
  }
  struct Content: Decodable {
    var rows: [Row]
    var greedy: [Greedy]
    var adaptedGreedy: [Greedy]
    var loss: Double
    var lossTokens: Int
  }

  static let names = [
    "llama3", "llama-linear-bias", "mistral", "smollm3", "qwen2", "qwen3", "phi3", "phi3-longrope", "gemma2", "gemma3",
    "gpt2", "llama-yarn", "olmo2", "olmo3", "granite", "granite-hybrid", "ministral3", "exaone4", "hunyuan",
    "lfm2", "qwen3_5",
  ]

  let path: String
  let content: Content
  let base: BaseModel
  let adapter: LoRAAdapter
  let reference: SafetensorsFile

  init(_ name: String) throws {
    path = "families/\(name)"
    let folder = Fixtures.folder(path)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    content = try decoder.decode(Content.self, from: Data(contentsOf: folder.appendingPathComponent("case.json")))
    base = try ModelFolder.load(at: folder)
    reference = try SafetensorsFile(path: folder.appendingPathComponent("reference.safetensors").path)
    adapter = try Self.adapter(folder, base.configuration)
  }

  /// PEFT's tensors, by the names that the model's configuration gives to its modules: r 2, alpha 3.
  private static func adapter(_ folder: URL, _ configuration: ModelConfiguration) throws -> LoRAAdapter {
    let file = try SafetensorsFile(path: folder.appendingPathComponent("adapter/adapter_model.safetensors").path)
    let all = try configuration.linears.all.paths(in: configuration)
    let targets = all.filter { file.info(tensor($0, "A", configuration)) != nil }
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(targets: targets, rank: 2, alpha: 3), configuration: configuration, seed: 0)
    for module in adapter.modules {
      for (matrix, buffer) in [("A", module.a), ("B", module.b)] {
        let values = try file.floats(tensor(module.path, matrix, configuration))
        guard values.count == buffer.count else { throw ModelError.missing(tensor: "\(module.path)") }
        for (index, value) in values.enumerated() { buffer.pointer[index] = value }
      }
    }
    guard targets.count * 2 == file.names.count else { throw ModelError.missing(tensor: file.names[0]) }
    return adapter
  }

  static func tensor(_ path: ModulePath, _ matrix: String, _ configuration: ModelConfiguration) -> String {
    "base_model.model.\(configuration.name(of: path)).lora_\(matrix).weight"
  }

  /// Logits of every row by the forward pass, one row after the other.
  static func logits(_ base: BaseModel, _ adapter: LoRAAdapter?, _ content: Content, _ team: WorkerTeam) throws
    -> [Float]
  {
    try content.rows.flatMap { row in
      try Scoring.logits(base: base, adapter: adapter, tokens: row.tokens, team: team).flatMap { $0 }
    }
  }

  /// All rows packed, as one step of training has them.
  var batch: TokenBatch {
    TokenBatch(
      sequences: content.rows.map(\.tokens),
      targets: content.rows.map { row in
        row.tokens.indices.map { index in
          let next = index + 1
          return next < row.tokens.count && next >= max(row.lossStart, 1) ? row.tokens[next] : -1
        }
      })
  }
}

/// The largest difference between two lists of the same length; infinite where they are not.
func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { max($0, ($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
}
