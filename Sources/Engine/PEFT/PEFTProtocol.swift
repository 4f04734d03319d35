import Foundation
import Training
import Transformer

/// What is said between this program and the worker of the PEFT engine: a JSON object a line, a request and its answer.
/// docs/gpu.md describes it.
enum PEFTProtocol {
  static let version = 1
  /// Prompts that are answered together: what a checkpoint is to steps, this is to an evaluation, after which a flag is looked at.
  static let promptsAtOnce = 16

  static func line(_ request: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // Paths are paths.
    encoder.outputFormatting = .withoutEscapingSlashes
    return try encoder.encode(request)
  }

  static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}

/// The model, and what of the settings steps depend on.
struct PEFTPlanRequest: Encodable {
  struct Module: Encodable {
    /// The base's name of the layer.
    var module: String
    /// A checkpoint's name of it.
    var slot: String
    /// Peak learning rates.
    var rateA: Double
    var rateB: Double
  }

  let type = "plan"
  var model: String
  var device: String
  var threads: Int
  var loadIn: String?
  var bf16: Bool
  /// The model takes pictures too, whatever is trained.
  var sees: Bool
  /// A PEFT folder; nil for the base alone.
  var adapter: String?
  var modules: [Module] = []
  var seed: UInt64 = 0
  var betas: [Double] = []
  var epsilon = 0.0
  var weightDecay = 0.0
  var clip = 0.0
}

struct PEFTBatch: Encodable {
  var tokens: [Int32]
  /// The token that follows, −1 without loss.
  var targets: [Int32]
  /// Where each sequence begins, and where the last one ends.
  var starts: [Int32]

  init(_ batch: TokenBatch) { (tokens, targets, starts) = (batch.tokens, batch.targets, batch.sequenceStarts) }
}

struct PEFTStepRequest: Encodable {
  let type = "step"
  var step: Int
  var rateFactor: Double
  var lossTokens: Int
  var batches: [PEFTBatch]
}

struct PEFTLossRequest: Encodable {
  let type = "loss"
  var batch: PEFTBatch
}

struct PEFTFileRequest: Encodable {
  /// `save` or `restore`.
  var type: String
  var path: String
  var step: Int?
}

struct PEFTGenerateRequest: Encodable {
  let type = "generate"
  var adapted: Bool
  var prompts: [[Int32]]
  var maxNewTokens: Int
  var stop: [Int32]
}

struct PEFTBlockRequest: Encodable {
  let type = "block"
  var adapted: Bool
  var prompt: [Int32]
  var warmup: Int
  var tokens: Int
}

struct PEFTQuitRequest: Encodable { let type = "quit" }

/// Any answer of the worker: what of it is there depends on its type.
struct PEFTReply: Decodable {
  struct GPU: Decodable, Equatable {
    var name: String
    var bytes: Int
  }

  var type: String
  // hello
  var `protocol`: Int?
  var python: String?
  var executable: String?
  var packages: [String: String?]?
  var cuda: [GPU]?
  var problems: [String]?
  // prepared
  var device: String?
  var parameters: Int?
  // step, loss
  var lossSum: Double?
  var gradientNorm: Double?
  var updated: Bool?
  // answers
  var tokens: [[Int32]]?
  var finite: [Bool]?
  // block
  var milliseconds: [Double]?
  // most of them
  var memory: Int?
  var peakMemory: Int?
  // error
  var cause: String?
  var text: String?
}
