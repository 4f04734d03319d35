import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Tensors that transformers leaves out when it reads a checkpoint, and types of elements that are rounded.
@Suite struct LeftOutWeightsTests {
  private func ones(_ name: String, _ shape: [Int]) -> SafetensorsWriter.Tensor {
    SafetensorsWriter.Tensor(name: name, shape: shape, floats: Array(repeating: 1, count: shape.reduce(1, *)))
  }

  /// The weights that are read are those of the folder without the extra tensors.
  private func expectSame(_ folder: TemporaryFolder, as source: String) throws -> [String] {
    let (model, notices) = try ModelFolder.open(at: folder.url)
    let plain = try ModelFolder.load(at: Fixtures.folder(source))
    #expect(model.byteCount == plain.byteCount && model.blocks.count == plain.blocks.count)
    #expect(model.output.toFloats() == plain.output.toFloats())
    #expect(model.finalNorm.array == plain.finalNorm.array)
    for (block, other) in zip(model.blocks, plain.blocks) {
      for module in LinearModule.allCases { #expect(block[module]?.toFloats() == other[module]?.toFloats()) }
    }
    return notices
  }

  static let extras: [(name: String, shape: [Int], told: String?)] = [
    ("v_head.summary.weight", [1, 32], "v_head.summary.weight, for another task"),
    ("v_head.summary.bias", [1], "v_head.summary.bias, for another task"),
    ("score.weight", [2, 32], "score.weight, for another task"),
    ("classifier.bias", [2], "classifier.bias, for another task"),
    ("qa_outputs.weight", [2, 32], "qa_outputs.weight, for another task"),
    ("value_head.weight", [1, 32], "value_head.weight, for another task"),
    ("model.layers.2.self_attn.q_proj.weight", [32, 32], "model.layers.2, beyond the layers that config.json counts"),
    ("model.layers.17.enorm.weight", [32], "model.layers.17, beyond the layers"),
    ("model.layers.0.self_attn.q_proj._extra_state", [4], "q_proj._extra_state and its like"),
    ("model.layers.0.self_attn.rotary_emb.inv_freq", [4], nil), ("model.rotary_emb.inv_freq", [4], nil),
    ("model.layers.1.self_attn.rotary_emb.cos_cached", [4], nil), ("model.embeddings.position_ids", [1, 4], nil),
  ]

  @Test(arguments: extras.indices)
  func whatTransformersLeavesOutIsLeftOutAndTold(_ index: Int) throws {
    let (name, shape, told) = Self.extras[index]
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.add([ones(name, shape)])
    let notices = try expectSame(folder, as: "models/tiny-gqa")
    #expect(notices.count == (told == nil ? 0 : 1), "\(notices)")
    if let told {
      #expect(notices.first?.contains("left out, as in transformers: ") == true, "\(notices)")
      #expect(notices.first?.contains(told) == true, "\(notices)")
    }
  }

  /// Everything at once: a line for each kind, and layers in the order of their numbers.
  @Test func aLineForEachKind() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.add(
      [
        "score.weight", "v_head.summary.bias", "model.layers.10.a", "model.layers.2.a", "model.layers.2.b",
        "x._extra_state",
      ]
      .map { ones($0, [1]) })
    let notices = try expectSame(folder, as: "models/tiny-gqa")
    #expect(notices.count == 3, "\(notices)")
    #expect(notices.first?.contains("score.weight, v_head.summary.bias, for another task") == true, "\(notices)")
    #expect(notices.dropFirst().first?.contains("model.layers.2, model.layers.10, beyond") == true, "\(notices)")
  }

  @Test func fewerLayersInTheConfigurationAreRead() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", "num_hidden_layers", .integer(1))
    let (model, notices) = try ModelFolder.open(at: folder.url)
    #expect(
      model.blocks.count == 1 && notices.count == 1 && notices[0].contains("model.layers.1, beyond"), "\(notices)")
  }

  static let strangers = [
    "model.layers.0.self_attn.q_proj.bias", "model.layers.1.self_attn.q_norm.weight", "lm_head.bias",
    "model.layers.x.weight",
    "model.layers.02.weight", "model.score.weight", "scores.weight", "model.extra.weight",
  ]

  @Test(arguments: strangers)
  func whatIsMeantToCountIsRefused(_ name: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.add([ones(name, [32])])
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains("\(name): is not part of a llama model") && problem.status == 65, "\(problem)")
  }

  @Test func aModelForAnotherTaskIsNamed() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-wide-heads")
    try folder.add([ones("score.weight", [2, 36])], without: ["lm_head.weight"])
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains("has no lm_head.weight but score.weight, the head of another task"), "\(problem)")
  }

  // MARK: F64

  /// Writes the folder's tensors as F64, which no program here does.
  private func widen(_ folder: TemporaryFolder, adding error: Double) throws {
    let path = folder.file("model.safetensors")
    let file = try SafetensorsFile(path: path)
    var header = JSONObject()
    var data: [UInt8] = []
    for tensor in file.tensors {
      let start = data.count
      for value in try file.floats(tensor.name) {
        withUnsafeBytes(of: (Double(value) * (1 + error)).bitPattern.littleEndian) { data += $0 }
      }
      let members: [(String, JSONValue)] = [
        ("dtype", .string("F64")), ("shape", .array(tensor.shape.map { .integer($0) })),
        ("data_offsets", .array([.integer(start), .integer(data.count)])),
      ]
      header.members.append(JSONObject.Member(key: tensor.name, value: .object(JSONObject(members))))
    }
    let json = Array(JSONWriter.text(.object(header), indent: nil).utf8)
    var length: [UInt8] = []
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { length += $0 }
    try Data(length + json + data).write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: ["models/tiny-gqa", "families/gpt2"])
  func doublesAreRoundedToFP32(_ source: String) throws {
    let folder = try TemporaryFolder.copy(of: source)
    // Less than half a unit in FP32's last place: rounding gives the value that it was made from.
    try widen(folder, adding: 0x1p-26)
    let notices = try expectSame(folder, as: source)
    let count = try SafetensorsFile(path: folder.file("model.safetensors")).names.count
    #expect(
      notices.count == 1 && notices[0].hasSuffix("\(count) of its \(count) weights are F64 and are rounded to FP32"))
    #expect(try ModelFolder.outline(at: folder.url).byteCount == ModelFolder.load(at: folder.url).byteCount)
  }

  @Test func doublesBeyondFP32AreRefused() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try widen(folder, adding: 1e300)
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains("is not a finite number in FP32") && problem.status == 65, "\(problem)")
  }

  @Test func otherTypesAreStillRefused() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let path = folder.file("model.safetensors")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let header = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let json = try #require(String(data: bytes[8..<(8 + header)], encoding: .utf8))
    let changed = json.replacing("\"F32\"", with: "\"I32\"")
    try (bytes.prefix(8) + Data(changed.utf8) + bytes.dropFirst(8 + header)).write(to: URL(fileURLWithPath: path))
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains("I32 is not F32, F16, BF16 or F64: are the weights quantised?"), "\(problem)")
  }
}
