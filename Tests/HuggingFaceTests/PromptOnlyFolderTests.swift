import Foundation
import HuggingFace
import Recipe
import Testing
import Transformer

/// An adapter that acts on prompts alone says so in its folder, in our metadata and in words, and is read back as one.
@Suite struct PromptOnlyFolderTests {
  private static let configuration = ModelConfiguration(
    vocabularySize: 13, hiddenSize: 12, layers: 2, heads: 2, kvHeads: 1, headSize: 6, intermediateSize: 14,
    maxPositions: 32)

  private func folder(_ promptOnly: Bool) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-prompt-\(UUID().uuidString)")
    let specification = LoRASpecification(
      targets: [ModulePath(layer: 0, module: .oProj), ModulePath(layer: 1, module: .oProj)], rank: 2, alpha: 4)
    let adapter = try LoRAAdapter(specification: specification, configuration: Self.configuration, seed: 3)
    try PEFTAdapterFolder.write(
      adapter.acting(promptOnly: promptOnly), to: folder, baseModelName: "tiny", baseFingerprint: "f00d")
    return folder
  }

  private func text(_ folder: URL, _ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  @Test(arguments: [true, false]) func itIsReadBack(promptOnly: Bool) throws {
    let folder = try folder(promptOnly)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try PEFTAdapterFolder.isPromptOnly(folder) == promptOnly)
    let adapter = try PEFTAdapterFolder.read(folder, configuration: Self.configuration)
    #expect(adapter.specification.promptOnly == promptOnly)
    let specification = try PEFTAdapterFolder.specification(of: folder, configuration: Self.configuration)
    #expect(specification == adapter.specification)
    #expect(try PEFTAdapterFolder.baseFingerprint(of: folder) == "f00d")
    // PEFT refuses keys that it does not know: its file has none of ours.
    #expect(try !text(folder, "adapter_config.json").contains("prompt_only"))
    let card = try text(folder, "README.md")
    #expect(card.contains("LoRA on the prompt alone") == promptOnly)
    #expect(card.contains("disable_adapter()") == promptOnly && card.contains("cannot be merged") == promptOnly)
    #expect(card.contains("\n# LoRA adapter\n") && card.contains("\n```python\nfrom peft import PeftModel\n"))
  }

  @Test func aFolderThatIsCopiedKeepsIt() throws {
    let folder = try folder(true)
    let copy = folder.path + "-copy"
    defer {
      try? FileManager.default.removeItem(at: folder)
      try? FileManager.default.removeItem(atPath: copy)
    }
    try PEFTAdapterFolder.copy(folder, to: copy)
    #expect(try PEFTAdapterFolder.isPromptOnly(URL(filePath: copy)))
    #expect(try text(URL(filePath: copy), "README.md").contains("This adapter acts on the prompt alone"))
  }

  /// What claims both is read as neither.
  @Test func withDoRAItIsRefused() throws {
    let folder = try folder(true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = folder.appending(path: "adapter_config.json")
    let changed = try text(folder, "adapter_config.json").replacing("\"use_dora\": false", with: "\"use_dora\": true")
    #expect(changed.contains("\"use_dora\": true"))
    try Data(changed.utf8).write(to: config)
    #expect(throws: PEFTError.self) {
      try PEFTAdapterFolder.specification(of: folder, configuration: Self.configuration)
    }
  }

  @Test func aFolderWithoutWeightsIsNot() throws {
    #expect(try !PEFTAdapterFolder.isPromptOnly(URL(filePath: "/nowhere/at/all")))
  }
}
