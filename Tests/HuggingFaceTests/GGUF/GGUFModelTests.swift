import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// GGUF files against what the `gguf` package and transformers make of them (Tests/Fixtures/make_gguf.py).
@Suite struct GGUFModelTests {
  static let names = ["llama", "llama-bias", "qwen2", "qwen3", "gemma3", "lfm2"]
  static let types: [GGUFType] = GGUFType.read

  static func path(_ name: String) -> String { Fixtures.folder("gguf/\(name)").path }

  @Test(arguments: types) func valuesAreThoseOfThePackage(_ type: GGUFType) throws {
    let file = try GGUFFile(path: Self.path("types.gguf"))
    let name = type.name.lowercased() + ".weight"
    let tensor = try #require(file.tensor(name))
    let expected = try SafetensorsFile(path: Self.path("types.safetensors")).floats(name)
    let found = try file.floats(name)
    #expect(tensor.type == type && tensor.elementCount == expected.count)
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(type.name)")
  }

  @Test(arguments: names) func logitsAreThoseOfTransformers(_ name: String) throws {
    let folder = Fixtures.folder("gguf/\(name)")
    let reference = try SafetensorsFile(path: Self.path("\(name)/reference.safetensors"))
    let expected = try reference.floats("logits")
    let rows = try #require(try Fixtures.json("gguf/\(name)/case.json")["rows"]?.array)
    // The file itself, and the folder that holds it and nothing else.
    let model = try ModelFolder.load(at: folder.appendingPathComponent("model.gguf"))
    var found: [Float] = []
    for row in rows {
      let tokens = try #require(row.object).ids("tokens")
      let logits = try Scoring.logits(base: model, adapter: nil, tokens: tokens, team: WorkerTeam(threads: 1))
      found += logits.flatMap { $0 }
    }
    try #require(found.count == expected.count)
    let scale = expected.map(abs).max() ?? 1
    let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= 1e-4 * max(1, scale), "\(name): \(difference) of \(scale)")
  }

  @Test func whatIsQuantisedIsRoundedUnlessAskedOtherwise() throws {
    let file = Fixtures.folder("gguf/qwen3/model.gguf")
    let (rounded, exact) = (try ModelFolder.load(at: file), try ModelFolder.load(at: file, exact: true))
    let types = try #require(try Fixtures.json("gguf/qwen3/case.json")["types"]?.object)
    #expect(types.text("token_embd.weight") == "Q8_0")
    #expect(rounded.embedding.element == .bfloat16 && exact.embedding.element == .float32)
    let values = try GGUFFile(path: file.path).floats("token_embd.weight")
    #expect(exact.embedding.toFloats() == values)
    #expect(rounded.embedding.toFloats() == values.map { Float(bitPattern: UInt32(HalfPrecision.bfloat16($0)) << 16) })
    #expect(rounded.embedding.toFloats() != values)
  }

  @Test func outlineSaysWhatWasQuantised() throws {
    let file = Fixtures.folder("gguf/llama/model.gguf")
    let outline = try ModelFolder.outline(at: file)
    let model = try ModelFolder.load(at: file)
    #expect(outline.byteCount == model.byteCount && outline.parameterCount == model.parameterCount)
    #expect(outline.configuration == model.configuration)
    let text = outline.notices.joined(separator: "\n")
    for part in ["4 Q4_0", "Q8_0", "BF16", "adapter"] { #expect(text.contains(part), "\(part): \(text)") }
    #expect(try !ModelFolder.outline(at: Fixtures.folder("gguf/llama-bias/model.gguf")).notices.isEmpty)
  }

  /// A folder with one GGUF file stands for it; the file of a vision tower does not count; of two none is chosen.
  @Test func aFolderWithOneFile() throws {
    let folder = try TemporaryFolder()
    let source = Array(try Data(contentsOf: Fixtures.folder("gguf/qwen2/model.gguf")))
    _ = try folder.write(source, "tiny-Q5_0.gguf")
    _ = try folder.write("{}", "config.json")
    _ = try folder.write(source, "mmproj-tiny.gguf")
    #expect(try ModelFolder.configuration(at: folder.url).modelType == "qwen2")
    let fingerprint = try ModelFolder.fingerprint(at: folder.url)
    #expect(try fingerprint == ModelFolder.fingerprint(at: Fixtures.folder("gguf/qwen2/model.gguf")))
    #expect(try fingerprint != ModelFolder.fingerprint(at: Fixtures.folder("gguf/qwen3/model.gguf")))
    try FileManager.default.removeItem(atPath: folder.file("config.json"))
    _ = try folder.write(source, "tiny-Q8_0.gguf")
    let problem = try #require(refusal { _ = try ModelFolder.configuration(at: folder.url) })
    #expect(problem.text.contains("GGUF files") && problem.text.contains("tiny-Q8_0.gguf") && problem.status == 66)
  }

  /// Ollama's files have no ending.
  @Test func aFileWithoutItsEnding() throws {
    let folder = try TemporaryFolder()
    let blob = try folder.write(Array(try Data(contentsOf: Fixtures.folder("gguf/qwen3/model.gguf"))), "sha256-0123")
    #expect(try ModelFolder.configuration(at: blob).modelType == "qwen3")
    // A model's place is taken for a folder until it is looked at.
    let place = URL(filePath: Self.path("llama/model.gguf"), directoryHint: .isDirectory)
    #expect(try ModelFolder.configuration(at: place).modelType == "llama")
  }
}
