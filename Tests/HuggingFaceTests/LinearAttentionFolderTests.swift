import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Folders and adapters of Qwen 3.5: what stands beside its decoder, and how PEFT names its modules.
@Suite struct LinearAttentionFolderTests {
  private static let folder = Fixtures.folder("families/qwen3_5")

  /// PEFT's own, and ours read again.
  @Test(arguments: [
    ("linear", TargetGroup.linear.modules.map(\.rawValue)), ("o_proj", ["o_proj"]),
    ("fc2,linear_attn.out_proj", ["down_proj", "linear_attn.out_proj"]),
  ])
  func targetsAreNamedAsPEFTNamesThem(targets: String, names: [String]) throws {
    let configuration = try ModelFolder.configuration(at: Self.folder)
    let theirs = try PEFTAdapterFolder.read(
      Self.folder.appendingPathComponent("adapter"), configuration: configuration)
    #expect(Targets(paths: theirs.modules.map(\.path), in: configuration).label == "qkv+o_proj+fc1+fc2+linear")
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(targets: Targets(parsing: targets), in: configuration, rank: 2, alpha: 3),
      configuration: configuration, seed: 4)
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "some/base")
    let bytes = Array(try Data(contentsOf: folder.url.appendingPathComponent("adapter_config.json")))
    let config = try #require(try JSONParser.parse(bytes).object)
    #expect(config.value("target_modules")?.array?.compactMap(\.string) == names)
    let copy = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
    #expect(copy.modules.map(\.path) == adapter.modules.map(\.path))
    #expect(copy.modules.map(\.a.array) == adapter.modules.map(\.a.array))
  }

  /// The same decoder beside a tower: its weights under the other names, the tower's and the drafter's left out.
  @Test func theDecoderOfOneThatSees() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOf: Self.folder.appendingPathComponent("config.json"), encoding: .utf8)
    _ = try folder.write(
      "{\"model_type\": \"qwen3_5\", \"vision_config\": {}, \"text_config\": \(text)}", "config.json")
    let configuration = try ModelFolder.configuration(at: folder.url)
    let model = try ModelFolder.load(at: Self.folder)
    let seeing = try BaseModel(
      configuration: configuration, embedding: model.embedding, blocks: model.blocks, finalNorm: model.finalNorm,
      output: model.output)
    try ModelFolder.writeWeights(seeing, to: folder.url, element: .float32)
    let file = try SafetensorsFile(path: folder.file("model.safetensors"))
    #expect(file.names.contains("model.language_model.layers.0.linear_attn.A_log"))
    let extra = ["model.visual.blocks.0.attn.qkv.weight", "mtp.fc.weight"].map {
      SafetensorsWriter.Tensor(name: $0, shape: [2], floats: [1, 2], as: .float32)
    }
    let tensors = try file.names.map { name in
      SafetensorsWriter.Tensor(
        name: name, shape: try #require(file.info(name)).shape, floats: try file.floats(name), as: .float32)
    }
    try SafetensorsWriter.write(path: folder.file("model.safetensors"), tensors: tensors + extra)
    let outline = try ModelFolder.outline(at: folder.url)
    #expect(outline.notices.count == 1 && outline.notices[0].contains("tower for pictures is left out"))
    let copy = try ModelFolder.load(at: folder.url)
    let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
    let team = WorkerTeam(threads: 2)
    #expect(
      try Scoring.logits(base: copy, adapter: nil, tokens: tokens, team: team)
        == Scoring.logits(base: model, adapter: nil, tokens: tokens, team: team))
    #expect(throws: ModelFolderError.self) { try MergedModelFolder.check(base: folder.url) }
    #expect(throws: Never.self) { try MergedModelFolder.check(base: Self.folder) }
  }
}
