import Foundation
import HuggingFace
import Recipe
import Training
import Transformer

/// The reference files that PyTorch, transformers and PEFT wrote; `Fixtures/README.md` says what they hold.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  struct Row: Decodable {
    var tokens: [Int32]
    var lossStart: Int
  }

  struct Greedy: Decodable {
    var prompt: [Int32]
    var continuation: [Int32]
    /// Between the two best candidates, at each step.
    var gaps: [Double]
  }

  struct Case: Decodable {
    var model: String
    var adapter: String?
    var rows: [Row]
    var lossTokens: Int
    var loss: Double
    var greedy: [Greedy]
  }

  struct Run: Decodable {
    struct Options: Decodable {
      var learningRate: Double
      var weightDecay: Double
      var clip: Double
      var schedule: LearningRateSchedule
      var warmupSteps: Int
      var steps: Int
      var batchSize: Int
      /// Of modules, where they have their own.
      var ratio: Double?
      var rates: [String: Double]?
      var ratios: [String: Double]?
    }

    var model: String
    var rows: [Row]
    var options: Options
    var lossTokens: [Int]
    var losses: [Double]
    var gradientNorms: [Double]
    var learningRates: [Double]
    var finalLossOverAllRows: Double
  }

  static func decoded<Value: Decodable>(_ type: Value.Type, at url: URL) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: url.appendingPathComponent("case.json")))
  }

  static func base(_ name: String) throws -> BaseModel {
    try ModelFolder.load(at: folder.appendingPathComponent("models/\(name)"), progress: nil)
  }

  static func examples(_ rows: [Row]) -> [TokenizedExample] {
    rows.enumerated().map { index, row in
      TokenizedExample(tokens: row.tokens, lossStart: row.lossStart, exampleIndex: index)
    }
  }

  /// What PEFT calls a module's matrix, such as `lora_A.weight`.
  static func name(_ module: LoRAModule, _ matrix: String) -> String {
    "base_model.model.\(module.path).\(matrix)"
  }
}
