import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Folders and files of models whose blocks differ, damaged or beyond what is read: one line with what is wrong and in which file.
@Suite struct HybridProblemTests {
  struct Case: CustomTestStringConvertible {
    var family: String
    var fields: [(String, JSONValue)] = []
    /// Of tensors: left out, and other shapes with as many values or fewer.
    var missing: String?
    var reshaped: (name: String, shape: [Int])?
    var file = "config.json"
    var words: [String]

    var testDescription: String { "\(family): \(words.joined(separator: " … "))" }
  }

  private static func types(_ names: String...) -> [(String, JSONValue)] {
    [("layer_types", .array(names.map { .string($0) }))]
  }

  private static func heads(_ values: Int, _ keys: Int) -> [(String, JSONValue)] {
    [("linear_num_value_heads", .integer(values)), ("linear_num_key_heads", .integer(keys))]
  }

  private static let linear = "model.layers.0.linear_attn."
  private static let conv = "model.layers.0.conv."

  static let cases: [Case] =
    ["A_log", "dt_bias", "conv1d.weight", "norm.weight", "in_proj_a.weight"].map {
      Case(family: "qwen3_5", missing: linear + $0, file: "", words: [linear + $0, "is missing"])
    }
    + ["conv.weight", "in_proj.weight", "out_proj.weight"].map {
      Case(family: "lfm2", missing: conv + $0, file: "", words: [conv + $0, "is missing"])
    }
    + [
      Case(
        family: "qwen3_5", reshaped: (linear + "A_log", [3]), file: "model.safetensors",
        words: [linear + "A_log", "has shape [3], expected [4]"]),
      Case(
        family: "qwen3_5", reshaped: (linear + "dt_bias", [1, 4]), file: "model.safetensors",
        words: [linear + "dt_bias", "has shape [1, 4], expected [4]"]),
      Case(
        family: "qwen3_5", reshaped: (linear + "conv1d.weight", [100, 1, 2]), file: "model.safetensors",
        words: [linear + "conv1d.weight", "has shape [100, 1, 2], expected [100, 1, 3]"]),
      Case(
        family: "lfm2", reshaped: (conv + "conv.weight", [20, 3]), file: "model.safetensors",
        words: [conv + "conv.weight", "has shape [20, 3], expected [20, 1, 3]"]),
      Case(family: "qwen3_5", fields: heads(3, 2), words: ["3 linear value heads cannot share 2 key heads"]),
      Case(family: "qwen3_5", fields: heads(2, 4), words: ["2 linear value heads cannot share 4 key heads"]),
      Case(family: "qwen3_5", fields: heads(0, 2), words: ["linear_num_value_heads is 0"]),
      Case(family: "qwen3_5", fields: heads(4, 1 << 40), words: ["linear_num_key_heads is 1099511627776"]),
      Case(
        family: "qwen3_5", fields: heads(8, 2), file: "model.safetensors",
        words: [linear + "conv1d.weight", "expected [172, 1, 3]"]),
      Case(
        family: "qwen3_5", fields: types("mamba", "full_attention", "linear_attention", "linear_attention"),
        words: ["layer_types \"mamba\""]),
      Case(
        family: "qwen3_5", fields: types("linear_attention", "sliding_attention", "conv", "linear_attention"),
        words: ["layer_types"]),
      Case(family: "qwen3_5", fields: types("linear_attention"), words: ["layer_types", "4 values"]),
      Case(
        family: "qwen3_5", fields: types("full_attention", "linear_attention", "linear_attention", "linear_attention"),
        file: "model.safetensors", words: [linear, "is not part of a qwen3_5_text model"]),
      Case(
        family: "qwen3_5", fields: [("linear_conv_kernel_dim", .integer(0))], words: ["linear_conv_kernel_dim is 0"]),
      Case(family: "qwen3_5", fields: [("attn_output_gate", .bool(false))], words: ["attn_output_gate false"]),
      Case(family: "qwen3_5", fields: [("num_experts", .integer(8))], words: ["num_experts 8"]),
      Case(
        family: "qwen3_5", fields: [("model_type", .string("qwen3_5_moe_text"))],
        words: ["model_type qwen3_5_moe_text is not supported", "qwen3_5_text"]),
      Case(
        family: "lfm2", fields: types("conv", "full_attention", "linear_attention", "conv"),
        words: ["layer_types \"linear_attention\""]),
      Case(family: "lfm2", fields: [("conv_bias", .bool(true))], words: ["conv_bias true"]),
      Case(family: "lfm2", fields: [("conv_L_cache", .integer(0))], words: ["conv_L_cache is 0"]),
      Case(
        family: "lfm2", fields: [("model_type", .string("lfm2_moe"))],
        words: ["model_type lfm2_moe is not supported", "lfm2"]),
      Case(family: "granite-hybrid", fields: [("num_local_experts", .integer(4))], words: ["num_local_experts 4"]),
      Case(family: "granite-hybrid", fields: types("mamba", "attention"), words: ["layer_types \"mamba\""]),
    ]

  @Test(arguments: cases) func folders(_ test: Case) throws {
    let source = Fixtures.folder("families/\(test.family)")
    let folder = try TemporaryFolder()
    for file in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(file), to: folder.url.appendingPathComponent(file))
    }
    for (field, value) in test.fields { try folder.set("config.json", field, value) }
    if test.missing != nil || test.reshaped != nil {
      let file = try SafetensorsFile(path: source.appendingPathComponent("model.safetensors").path)
      let tensors = try file.names.filter { $0 != test.missing }.map { name in
        let values = try file.floats(name)
        let shape = test.reshaped.flatMap { $0.name == name ? $0.shape : nil } ?? file.info(name)?.shape ?? []
        return SafetensorsWriter.Tensor(
          name: name, shape: shape, floats: Array(values.prefix(shape.reduce(1, *))), as: .float32)
      }
      try SafetensorsWriter.write(path: folder.file("model.safetensors"), tensors: tensors)
    }
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    for word in test.words { #expect(problem.text.contains(word), "\(word): \(problem.text)") }
    #expect(problem.status == 65 && !problem.text.contains("\n"))
    #expect(problem.text.hasPrefix(test.file.isEmpty ? folder.url.path : folder.file(test.file)), "\(problem.text)")
  }

  /// A file of LFM2 that lacks what a block convolves with, and hybrids and experts that are not read as GGUF.
  @Test func files() throws {
    let folder = try TemporaryFolder()
    let path = GGUFModelTests.path("lfm2/model.gguf")
    for part in ["shortconv.conv", "shortconv.in_proj", "shortconv.out_proj"] {
      var draft = try GGUFDraft(path: path)
      draft.tensors.removeAll { $0.name == "blk.2.\(part).weight" }
      let file = try folder.write(draft.bytes, "m.gguf")
      let problem = try #require(refusal { _ = try ModelFolder.load(at: file) })
      #expect(problem.text.contains("blk.2.\(part).weight") && problem.text.contains("is missing"), "\(problem.text)")
      #expect(problem.text.hasPrefix(file.path))
    }
    for name in ["qwen35", "qwen35moe", "lfm2moe", "granitehybrid"] {
      var draft = try GGUFDraft(path: path)
      draft.set("general.architecture", .text(name))
      let file = try folder.write(draft.bytes, "m.gguf")
      let problem = try #require(refusal { _ = try ModelFolder.load(at: file) })
      #expect(problem.text.contains("general.architecture \(name)") && problem.text.contains("lfm2"))
    }
  }
}
