import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Transformer

/// One of the tiny models of Tests/Fixtures/vision, with what transformers and PEFT made of it.
struct VisionFixture {
  struct Row: Decodable {
    var tokens: [Int32]
    var images: Int
    var lossStart: Int
    var pixels: [[Int]]
  }
  struct Greedy: Decodable {
    var row: Int
    var length: Int
    var continuation: [Int32]
    var gaps: [Double]
  }
  struct Adapter: Decodable {
    var loss: Double
    var greedy: [Greedy]
  }
  struct Content: Decodable {
    var rows: [Row]
    var greedy: [Greedy]
    var loss: Double
    var lossTokens: Int
    var adapters: [String: Adapter]
  }

  static let names = ["smolvlm", "idefics3"]
  static let adapters = ["decoder", "tower", "both"]

  let path: String
  let content: Content
  let base: BaseModel
  let vision: VisionConfiguration
  let reference: SafetensorsFile

  init(_ name: String) throws {
    path = "vision/\(name)"
    let folder = Fixtures.folder(path)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    content = try decoder.decode(Content.self, from: Data(contentsOf: folder.appendingPathComponent("case.json")))
    base = try ModelFolder.load(at: folder)
    guard let vision = base.configuration.vision else { throw ModelError.missing(tensor: "vision tower") }
    self.vision = vision
    reference = try SafetensorsFile(path: folder.appendingPathComponent("reference.safetensors").path)
  }

  /// Every linear layer of decoder and tower.
  static func paths(_ configuration: ModelConfiguration) -> [ModulePath] {
    let parts = [(configuration, false)] + (configuration.vision.map { [($0.tower, true)] } ?? [])
    return parts.flatMap { part, isVision in
      (0..<part.layers).flatMap { layer in
        part.modules.map { ModulePath(layer: layer, module: $0, isVision: isVision) }
      }
    }
  }

  /// PEFT's tensors, by the names that the model's configuration gives to its modules: r 2, alpha 3.
  func adapter(_ name: String) throws -> LoRAAdapter {
    let configuration = base.configuration
    let folder = Fixtures.folder("\(path)/\(name)")
    let file = try SafetensorsFile(path: folder.appendingPathComponent("adapter_model.safetensors").path)
    let targets = Self.paths(configuration).filter {
      file.info(FamilyFixture.tensor($0, "A", configuration)) != nil
    }
    guard targets.count * 2 == file.names.count else { throw ModelError.missing(tensor: file.names[0]) }
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(targets: targets, rank: 2, alpha: 3), configuration: configuration, seed: 0)
    for module in adapter.modules {
      for (matrix, buffer) in [("A", module.a), ("B", module.b)] {
        let values = try file.floats(FamilyFixture.tensor(module.path, matrix, configuration))
        guard values.count == buffer.count else { throw ModelError.missing(tensor: "\(module.path)") }
        for (index, value) in values.enumerated() { buffer.pointer[index] = value }
      }
    }
    return adapter
  }

  func images(_ row: Row) -> [PixelValues] {
    row.pixels.map { PixelValues(size: vision.imageSize, values: $0.map { Float($0) / 64 }) }
  }

  func logits(_ base: BaseModel, _ adapter: LoRAAdapter?, _ team: WorkerTeam) throws -> [Float] {
    try content.rows.flatMap { row in
      try Scoring.logits(base: base, adapter: adapter, tokens: row.tokens, images: images(row), team: team)
        .flatMap { $0 }
    }
  }

  /// The prompt of a continuation.
  func prompt(_ entry: Greedy) -> Prompt {
    let row = content.rows[entry.row]
    return Prompt(tokens: Array(row.tokens.prefix(entry.length)), images: images(row))
  }

  /// All rows packed, as one step of training has them; image tokens are not learned.
  var batch: TokenBatch { batch(content.rows) }

  func batch(_ rows: [Row]) -> TokenBatch {
    TokenBatch(
      sequences: rows.map(\.tokens),
      targets: rows.map { row in
        row.tokens.indices.map { index in
          let next = index + 1
          let carriesLoss =
            next < row.tokens.count && next >= max(row.lossStart, 1) && row.tokens[next] != vision.imageToken
          return carriesLoss ? row.tokens[next] : -1
        }
      }, images: rows.flatMap { images($0) })
  }
}
