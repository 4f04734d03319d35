import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Adapters of LFM2, whose blocks differ and have two modules that end in `out_proj`, as PEFT names them.
@Suite struct HybridAdapterTests {
  private static let folder = Fixtures.folder("families/lfm2")

  private func written(_ targets: String) throws -> (config: JSONObject, adapter: LoRAAdapter, folder: TemporaryFolder)
  {
    let configuration = try ModelFolder.configuration(at: Self.folder)
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(targets: Targets(parsing: targets), in: configuration, rank: 2, alpha: 3),
      configuration: configuration, seed: 4)
    for module in adapter.modules { for index in 0..<module.b.count { module.b.pointer[index] = Float(index % 7) - 3 } }
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "some/base")
    let bytes = Array(try Data(contentsOf: folder.url.appendingPathComponent("adapter_config.json")))
    return (try #require(try JSONParser.parse(bytes).object), adapter, folder)
  }

  /// PEFT's own, whose `out_proj` hits both kinds, is read in whole.
  @Test func whatPEFTWroteIsRead() throws {
    let configuration = try ModelFolder.configuration(at: Self.folder)
    let adapter = try PEFTAdapterFolder.read(
      Self.folder.appendingPathComponent("adapter"), configuration: configuration)
    #expect(adapter.modules.map(\.path) == configuration.linears.all.present(in: configuration.linears))
    #expect(Targets(paths: adapter.modules.map(\.path), in: configuration).label == "qkv+o_proj+fc1+fc2+conv")
  }

  @Test(arguments: [
    ("conv", ["conv.in_proj", "conv.out_proj"], false), ("o_proj", ["self_attn.out_proj"], false),
    (
      "qkv+o_proj+conv",
      [
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "conv.in_proj",
        "conv.out_proj",
      ], false
    ),
    ("fc2+conv", ["feed_forward.w2", "conv.in_proj", "conv.out_proj"], false),
    ("conv@2-", ["conv.in_proj", "conv.out_proj"], true),
    (
      "o_proj+conv.out_proj@3",
      ["model.layers.1.self_attn.out_proj", "model.layers.3.conv.out_proj"], false
    ),
  ])
  func targetsAreNamedSoThatNothingElseIsHit(targets: String, names: [String], hasLayers: Bool) throws {
    let (config, adapter, folder) = try written(targets)
    #expect(config.value("target_modules")?.array?.compactMap(\.string) == names)
    #expect((config.value("layers_to_transform")?.array?.compactMap(\.integer) == [2, 3]) == hasLayers)
    let copy = try PEFTAdapterFolder.read(folder.url, configuration: adapter.configuration)
    #expect(copy.modules.map(\.path) == adapter.modules.map(\.path))
    #expect(copy.modules.map(\.a.array) == adapter.modules.map(\.a.array))
    #expect(copy.modules.map(\.b.array) == adapter.modules.map(\.b.array))
  }
}
