import Foundation
import HuggingFace
import Training
import Transformer

/// The reference files that PyTorch, transformers and PEFT wrote; `Fixtures/README.md` says what they hold.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  struct Row: Decodable {
    var tokens: [Int32]
    var loss_start: Int
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
    var loss_tokens: Int
    var loss: Double
    var greedy: [Greedy]
  }

  struct Run: Decodable {
    struct Options: Decodable {
      var learning_rate: Double
      var weight_decay: Double
      var clip: Double
      var schedule: LearningRateSchedule
      var warmup_steps: Int
      var steps: Int
      var batch_size: Int
    }

    var model: String
    var rows: [Row]
    var options: Options
    var loss_tokens: [Int]
    var losses: [Double]
    var gradient_norms: [Double]
    var learning_rates: [Double]
    var final_loss_over_all_rows: Double
  }

  static func decoded<Value: Decodable>(_ type: Value.Type, at url: URL) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url.appendingPathComponent("case.json")))
  }

  static func base(_ name: String) throws -> BaseModel {
    try ModelFolder.load(at: folder.appendingPathComponent("models/\(name)"), progress: nil)
  }

  static func examples(_ rows: [Row]) -> [TokenizedExample] {
    rows.enumerated().map { index, row in
      TokenizedExample(tokens: row.tokens, lossStart: row.loss_start, exampleIndex: index)
    }
  }

  /// What PEFT calls a module's matrix.
  static func name(_ module: LoRAModule, _ matrix: String) -> String {
    "base_model.model.\(module.path).lora_\(matrix).weight"
  }
}
