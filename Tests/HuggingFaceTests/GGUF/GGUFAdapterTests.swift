import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Adapters as GGUF files, against those that llama.cpp's converter makes (Tests/Fixtures/make_gguf_adapters.sh).
@Suite struct GGUFAdapterTests {
  private static let cases: [(family: String, element: GGUFAdapter.Element, file: String)] = [
    ("llama3", .fp32, "llama3"), ("mistral", .fp32, "mistral"), ("qwen2", .fp32, "qwen2"), ("qwen3", .fp32, "qwen3"),
    ("gemma3", .fp32, "gemma3"), ("lfm2", .fp32, "lfm2"), ("llama3", .bf16, "llama3-bf16"),
    ("llama3", .f16, "llama3-f16"),
  ]

  private static func adapter(_ family: String) throws -> LoRAAdapter {
    let folder = Fixtures.folder("families/\(family)")
    return try PEFTAdapterFolder.read(
      folder.appendingPathComponent("adapter"), configuration: ModelFolder.configuration(at: folder))
  }

  @Test(arguments: 0..<cases.count) func filesAreThoseOfTheConverter(_ index: Int) throws {
    let (family, element, file) = Self.cases[index]
    let folder = try TemporaryFolder()
    let adapter = try GGUFAdapter(Self.adapter(family), element: element)
    #expect(adapter.notes.isEmpty)
    try adapter.write(to: folder.file("adapter.gguf"), name: "Adapter")
    let own = try GGUFFile(path: folder.file("adapter.gguf"))
    let theirs = try GGUFFile(path: Fixtures.folder("gguf/adapters/\(file).gguf").path)
    #expect(Set(own.keys) == Set(theirs.keys))
    for key in theirs.keys { #expect(own[key] == theirs[key], "\(key)") }
    #expect(Set(own.tensors.map(\.name)) == Set(theirs.tensors.map(\.name)))
    for tensor in theirs.tensors {
      let mine = try #require(own.tensor(tensor.name))
      #expect(mine.type == tensor.type && mine.shape == tensor.shape, "\(tensor.name)")
      let (found, expected) = (try own.floats(tensor.name), try theirs.floats(tensor.name))
      #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(tensor.name)")
    }
  }

  private func configuration(fused: Bool, modelType: String = "llama") -> ModelConfiguration {
    var configuration = ModelConfiguration(
      vocabularySize: 17, hiddenSize: 12, layers: 2, heads: 3, kvHeads: 1, headSize: 6, intermediateSize: 10,
      maxPositions: 32, modelType: modelType)
    configuration.block.fusesQKV = fused
    if fused { configuration.block.feedForward = .fusedGated }
    return configuration
  }

  private func filled(_ specification: LoRASpecification, _ configuration: ModelConfiguration) throws -> LoRAAdapter {
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 3)
    var normal = NormalGenerator(seed: 5)
    for module in adapter.modules {
      for index in 0..<module.b.count { module.b.pointer[index] = 0.3 * normal.next() }
    }
    return adapter
  }

  /// α of the file over a tensor's rank, times B, is each module's own scaling of its B; layers may have ranks of their own.
  @Test func scalingsOfTheirOwnAreInB() throws {
    let configuration = configuration(fused: false, modelType: "qwen2")
    let own = ModulePath(layer: 1, module: .vProj)
    for useRSLoRA in [false, true] {
      let specification = LoRASpecification(
        targets: try Targets(parsing: "qkv,fc2").paths(in: configuration), rank: 4, alpha: 6, rankPattern: [own: 2],
        alphaPattern: [own: 5], useRSLoRA: useRSLoRA)
      let adapter = try filled(specification, configuration)
      let folder = try TemporaryFolder()
      let file = try GGUFAdapter(adapter)
      #expect(file.notes.count == 1)
      try file.write(to: folder.file("a.gguf"), name: "a")
      let read = try GGUFFile(path: folder.file("a.gguf"))
      let alpha = try #require(read["adapter.lora.alpha"]?.double)
      #expect(abs(alpha - (useRSLoRA ? 12 : 6)) < 1e-6)
      for module in adapter.modules {
        let name =
          "blk.\(module.path.layer)."
          + (module.path.module == .downProj ? "ffn_down" : "attn_\(module.path.module.rawValue.prefix(1))")
        let tensor = try #require(read.tensor("\(name).weight.lora_b"))
        #expect(tensor.shape == [module.rows, module.rank])
        let scale = Float(alpha) / Float(module.rank)
        let values = try read.floats(tensor.name)
        for (value, mine) in zip(values, module.b.array) {
          #expect(abs(scale * value - module.scaling * mine) <= 1e-6 * max(1, abs(mine)))
        }
      }
    }
    // The same for all is not touched.
    let alike = LoRASpecification(
      targets: try Targets.all.paths(in: configuration), rank: 3, alpha: 7, rankPattern: [own: 3])
    #expect(try GGUFAdapter(filled(alike, configuration)).notes.isEmpty)
  }

  /// An adapter of qkv_proj becomes one of three parts, each with all of A.
  @Test func fusedAdaptersAreDealtOut() throws {
    let (fused, split) = (configuration(fused: true), configuration(fused: false))
    let specification = LoRASpecification(
      targets: try Targets(parsing: "qkv,fc1").paths(in: fused), rank: 2, alpha: 4)
    let adapter = try filled(specification, fused)
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url.appendingPathComponent("peft"), baseModelName: "m")
    let parts = try PEFTAdapterFolder.read(folder.url.appendingPathComponent("peft"), configuration: split)
    try GGUFAdapter(parts).write(to: folder.file("a.gguf"), name: "a")
    let file = try GGUFFile(path: folder.file("a.gguf"))
    let names = Set(file.tensors.map { $0.name.split(separator: ".")[2] })
    #expect(names == ["attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"])
    let whole = try #require(adapter[ModulePath(layer: 0, module: .qkvProj)])
    for part in ["q", "k", "v"] { #expect(try file.floats("blk.0.attn_\(part).weight.lora_a") == whole.a.array) }
    // Heads of six: rows 0, 3, 1, 4, 2, 5 of each; v as it is.
    let b = whole.b.array
    func rows(_ places: [Int], from start: Int) -> [Float] {
      places.flatMap { [b[2 * (start + $0)], b[2 * (start + $0) + 1]] }
    }
    #expect(try file.floats("blk.0.attn_k.weight.lora_b") == rows([0, 3, 1, 4, 2, 5], from: 18))
    #expect(try file.floats("blk.0.attn_v.weight.lora_b") == rows(Array(0..<6), from: 24))
  }

  @Test func whatLlamaCppDoesNotTakeIsRefused() throws {
    func error(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no error"
      } catch { return "\(error)" }
    }
    for type in ["phi3", "gpt2", "olmo2"] {
      let text = error { try GGUFAdapter.check(self.configuration(fused: false, modelType: type)) }
      #expect(text.contains(type) && text.contains("llama, mistral, qwen2, qwen3, gemma3_text, lfm2"), "\(text)")
    }
    let configuration = self.configuration(fused: false)
    let targets = try Targets.oProj.paths(in: configuration)
    let dora = try filled(LoRASpecification(targets: targets, rank: 2, alpha: 2, useDoRA: true), configuration)
    #expect(error { _ = try GGUFAdapter(dora) }.contains("DoRA"))
    let large = try filled(LoRASpecification(targets: targets, rank: 2, alpha: 2), configuration)
    large.modules[0].b.pointer[1] = -70_000
    #expect(error { _ = try GGUFAdapter(large, element: .f16) }.contains("65504"))
    #expect(error { _ = try GGUFAdapter(large, element: .bf16) } == "no error")
  }

  /// llama.cpp has no such adapters: it is said, and kept in the file.
  @Test func promptOnlyIsSaid() throws {
    let configuration = self.configuration(fused: false)
    var specification = LoRASpecification(targets: try Targets.oProj.paths(in: configuration), rank: 2, alpha: 2)
    specification.promptOnly = true
    let folder = try TemporaryFolder()
    let file = try GGUFAdapter(filled(specification, configuration))
    #expect(file.notes.count == 1 && file.notes[0].contains("prompts alone"))
    try file.write(to: folder.file("a.gguf"), name: "a")
    #expect(try GGUFFile(path: folder.file("a.gguf"))["lorascope.prompt_only"]?.flag == true)
  }

  @Test func anAdapterIsNoBase() throws {
    let file = Fixtures.folder("gguf/adapters/llama3.gguf")
    #expect {
      try ModelFolder.configuration(at: file)
    } throws: { error in
      "\(error)".contains("--lora") && "\(error)".contains("--adapter") && "\(error)".contains("PEFT folder")
    }
  }

  /// Every half comes back, and what lies between two goes to the nearer one, or to the even one.
  @Test func halvesAreRoundedToNearest() {
    for bits in 0...UInt16.max {
      let value = HalfPrecision.widen(bits)
      if value.isNaN {
        #expect(HalfPrecision.widen(HalfPrecision.float16(value)).isNaN)
      } else if HalfPrecision.float16(value) != bits {
        Issue.record("\(bits)")
      }
    }
    for bits: UInt16 in [0, 1, 2, 0x3FF, 0x400, 0x3C00, 0x3C01, 0x7BFE] {
      let (low, high) = (HalfPrecision.widen(bits), HalfPrecision.widen(bits + 1))
      let middle = low + (high - low) / 2
      #expect(HalfPrecision.float16(middle) == (bits & 1 == 0 ? bits : bits + 1))
      #expect(
        HalfPrecision.float16(middle.nextDown) == bits && HalfPrecision.float16(-middle.nextUp) == 0x8000 | (bits + 1))
    }
    #expect(HalfPrecision.float16(65_519.99) == 0x7BFF && HalfPrecision.float16(65_520) == 0x7C00)
    #expect(HalfPrecision.float16(1e-30) == 0 && HalfPrecision.float16(-.infinity) == 0xFC00)
  }
}
