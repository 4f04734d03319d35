import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Damaged model folders end in one clear line or in a model that runs: never in a trap, and never outside of the folder.
/// `LORASCOPE_FUZZ=100` multiplies the number of mutations.
@Suite struct ModelFuzzTests {
  static let factor = max(1, Int(ProcessInfo.processInfo.environment["LORASCOPE_FUZZ"] ?? "") ?? 1)

  /// Loads and runs, or expects a refusal of one line.
  private func check(_ folder: TemporaryFolder, _ what: String) throws -> Bool {
    do {
      let model = try ModelFolder.load(at: folder.url)
      let tokens = (0..<Int32(min(7, model.configuration.maxPositions))).map {
        $0 % Int32(model.configuration.vocabularySize)
      }
      let logits = try Scoring.logits(base: model, adapter: nil, tokens: tokens, team: WorkerTeam(threads: 1))
      #expect(logits.count == tokens.count && logits.allSatisfy { $0.count == model.configuration.vocabularySize })
      return true
    } catch {
      let text = "\(error)"
      #expect(!text.isEmpty && !text.contains("\n"), "\(what): \(text)")
      let isClear = error is any ExitStatusError
      #expect(isClear, "\(what): \(text)")
      return false
    }
  }

  private func copy(_ name: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for file in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        at: Fixtures.folder("families/\(name)/\(file)"), to: folder.url.appendingPathComponent(file))
    }
    return folder
  }

  static let values: [JSONValue] = [
    .null, .bool(true), .bool(false), .integer(0), .integer(-1), .integer(1), .integer(2), .integer(5),
    .integer(1 << 24),
    .integer(.max), .number(1e308), .number(-0.5), .number(0.5), .number(1e-300), .string(""), .string("silu"),
    .string("linear"), .string("a\nb"), .array([]), .array([.integer(1), .integer(0), .null]), .object(JSONObject()),
    .array(Array(repeating: .string("sliding_attention"), count: 3)),
    .object(JSONObject([("rope_type", .string("linear")), ("factor", .number(2))])),
    .object(JSONObject([("full_attention", .object(JSONObject([("rope_theta", .integer(0))])))])),
  ]

  @Test(arguments: FamilyFixture.names)
  func fieldsOfTheConfiguration(_ name: String) throws {
    let folder = try copy(name)
    let original = try Fixtures.json("families/\(name)/config.json")
    let names =
      original.members.map(\.key) + [
        "sliding_window", "layer_types", "head_dim", "rope_scaling", "partial_rotary_factor", "no_rope_layers",
        "attention_bias", "mlp_bias", "query_pre_attn_scalar", "original_max_position_embeddings", "n_inner",
      ]
    var generator = SplitMix64(seed: 41)
    var accepted = 0
    let rounds = 60 * Self.factor
    for _ in 0..<rounds {
      var object = original
      for _ in 0..<(1 + generator.next() % 2) {
        let field = names[Int(generator.next() % UInt64(names.count))]
        let value = Self.values[Int(generator.next() % UInt64(Self.values.count))]
        object.members.removeAll { $0.key == field }
        object.members.append(JSONObject.Member(key: field, value: value))
      }
      _ = try folder.write(JSONWriter.text(.object(object)), "config.json")
      if try check(folder, JSONWriter.text(.object(object), indent: nil)) { accepted += 1 }
    }
    #expect(accepted > 0 && accepted < rounds)
  }

  @Test(arguments: ["llama3", "phi3", "gpt2", "lfm2", "qwen3_5"])
  func bytesOfTheHeader(_ name: String) throws {
    let folder = try copy(name)
    let original = Array(try Data(contentsOf: Fixtures.folder("families/\(name)/model.safetensors")))
    let header = 8 + original[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var generator = SplitMix64(seed: 43)
    var accepted = 0
    let rounds = 150 * Self.factor
    for round in 0..<rounds {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 3) {
        let place = Int(generator.next() % UInt64(header))
        switch generator.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[place] = Array("0123456789-{}[],:\"".utf8).randomElement(using: &generator) ?? 0
        case 2: bytes.remove(at: place)
        default: bytes.removeLast(min(bytes.count, Int(generator.next() % 4096)))
        }
        if bytes.count < header { break }
      }
      _ = try folder.write(bytes, "model.safetensors")
      if try check(folder, "round \(round)") { accepted += 1 }
    }
    #expect(accepted < rounds)
  }

  /// Whatever an index names, only files of the folder itself are opened.
  @Test func namesInAnIndex() throws {
    let outside = try TemporaryFolder()
    let folder = try TemporaryFolder()
    let source = Fixtures.folder("families/llama3")
    try FileManager.default.copyItem(
      at: source.appendingPathComponent("config.json"), to: folder.url.appendingPathComponent("config.json"))
    for url in [outside.url, folder.url] {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent("model.safetensors"), to: url.appendingPathComponent("part.safetensors"))
    }
    let names = try SafetensorsFile(path: folder.file("part.safetensors")).names
    func load(_ file: String) throws -> Bool {
      let map = JSONObject(names.map { ($0, JSONValue.string(file)) })
      let index = JSONValue.object(JSONObject([("weight_map", .object(map))]))
      _ = try folder.write(JSONWriter.text(index), "model.safetensors.index.json")
      return try check(folder, file)
    }
    #expect(try load("part.safetensors"))
    let stranger = outside.url.lastPathComponent
    var generator = SplitMix64(seed: 47)
    let pieces = ["..", "/", ".", stranger, "part.safetensors", "\0", "\\", "//", "", "%2e%2e", "~"]
    for _ in 0..<(100 * Self.factor) {
      let count = 1 + Int(generator.next() % 5)
      let file = (0..<count).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }.joined()
      #expect(try load(file) == (file == "part.safetensors"), "\(file)")
    }
    #expect(try !load("../\(stranger)/part.safetensors"))
    #expect(try !load(outside.file("part.safetensors")))
  }
}
