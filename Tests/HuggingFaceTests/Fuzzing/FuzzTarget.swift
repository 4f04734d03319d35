import Foundation
import Fuzzing
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// A kind of file that is damaged in every round, and what is done with it.
enum FuzzTarget: String, CaseIterable {
  case configuration, weights, index, tokenizer, template, jsonl, json, csv
  case pattern, picture
  case templateCost = "template-cost"
  case adapterConfiguration = "adapter-configuration"
  case adapterWeights = "adapter-weights"
  case parquet, gzip, gguf

  /// One round: the same for the same seed.
  func run(seed: UInt64) throws {
    var mutation = Mutation(seed: seed, kind: Self.allCases.firstIndex(of: self) ?? 0)
    do {
      try round(&mutation)
    } catch {
      let text = "\(error)"
      #expect(!text.isEmpty && !text.contains("\n") && text.utf8.count < 4000, "\(rawValue):\(seed): \(text)")
      let isClear = error is any ExitStatusError
      #expect(isClear, "\(rawValue):\(seed): \(type(of: error)): \(text)")
    }
  }

  private func round(_ mutation: inout Mutation) throws {
    switch self {
    case .configuration, .weights, .index: try model(&mutation)
    case .tokenizer:
      let name = Fixtures.tokenizerFamilies[mutation.below(Fixtures.tokenizerFamilies.count)]
      let file = Fixtures.folder("tokenizers/families/\(name)/tokenizer.json")
      try Self.use(Tokenizer(json: Data(try document(of: file, &mutation))))
    case .template: try template(&mutation)
    case .templateCost: try templateCost(&mutation)
    case .pattern: try pattern(&mutation)
    case .picture: try picture(&mutation)
    case .jsonl, .json, .csv: try data(&mutation)
    case .parquet, .gzip: try container(&mutation)
    case .gguf: try gguf(&mutation)
    case .adapterConfiguration, .adapterWeights: try adapter(&mutation)
    }
  }

  /// A JSON file with its values changed, or its bytes.
  private func document(of file: URL, _ mutation: inout Mutation) throws -> [UInt8] {
    let original = Array(try Data(contentsOf: file))
    if mutation.below(3) == 0 { return mutation.bytes(original) }
    return Array(JSONWriter.text(mutation.json(try JSONParser.parse(original))).utf8)
  }

  /// The header's values changed, or its bytes, or any bytes of the file.
  private func safetensors(_ file: URL, _ mutation: inout Mutation) throws -> [UInt8] {
    let original = Array(try Data(contentsOf: file))
    let length = original[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    switch mutation.below(4) {
    case 0: return mutation.bytes(original, reach: 8 + length)
    case 1: return mutation.bytes(original)
    default:
      let header = Array(
        JSONWriter.text(mutation.json(try JSONParser.parse(Array(original[8..<(8 + length)]))), indent: nil).utf8)
      return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + original[(8 + length)...]
    }
  }

  // MARK: Models

  private func model(_ mutation: inout Mutation) throws {
    let name = FamilyFixture.names[mutation.below(FamilyFixture.names.count)]
    let source = Fixtures.folder("families/\(name)")
    let folder = try TemporaryFolder()
    let config = source.appendingPathComponent("config.json")
    let weights = source.appendingPathComponent("model.safetensors")
    let isIndexed = self == .index
    _ = try folder.write(
      self == .configuration ? try document(of: config, &mutation) : Array(try Data(contentsOf: config)), "config.json")
    _ = try folder.write(
      self == .weights ? try safetensors(weights, &mutation) : Array(try Data(contentsOf: weights)),
      isIndexed ? "part.safetensors" : "model.safetensors")
    if isIndexed {
      let names = try SafetensorsFile(path: folder.file("part.safetensors")).names
      let map = JSONObject(names.map { ($0, JSONValue.string("part.safetensors")) })
      let index = JSONValue.object(JSONObject([("metadata", .null), ("weight_map", .object(map))]))
      let bytes = Array(JSONWriter.text(mutation.below(2) == 0 ? index : mutation.json(index)).utf8)
      _ = try folder.write(mutation.below(2) == 0 ? bytes : mutation.bytes(bytes), "model.safetensors.index.json")
    }
    let model = try ModelFolder.load(at: folder.url)
    let vocabulary = model.configuration.vocabularySize
    let tokens = (0..<Int32(min(5, model.configuration.maxPositions))).map { $0 % Int32(vocabulary) }
    let logits = try Scoring.logits(base: model, adapter: nil, tokens: tokens, team: WorkerTeam(threads: 1))
    #expect(logits.count == tokens.count && logits.allSatisfy { $0.count == vocabulary })
    _ = try ModelFolder.fingerprint(at: folder.url)
  }

  // MARK: Adapters

  private func adapter(_ mutation: inout Mutation) throws {
    // Half of them are of the families, whose blocks differ and whose layers have other names.
    let isFamily = mutation.below(2) == 0
    let names = isFamily ? FamilyFixture.names : PEFTAdapterTests.cases
    let name = names[mutation.below(names.count)]
    let folder = try TemporaryFolder.copy(of: isFamily ? "families/\(name)/adapter" : "cases/\(name)/adapter")
    let file = self == .adapterWeights ? "adapter_model.safetensors" : "adapter_config.json"
    let url = URL(fileURLWithPath: folder.file(file))
    let bytes = self == .adapterWeights ? try safetensors(url, &mutation) : try document(of: url, &mutation)
    _ = try folder.write(bytes, file)
    let configuration = try ModelFolder.configuration(
      at: Fixtures.folder(
        isFamily ? "families/\(name)" : name.hasPrefix("gqa") ? "models/tiny-gqa" : "models/tiny-wide-heads"))
    _ = try PEFTAdapterFolder.specification(of: folder.url, configuration: configuration)
    let adapter = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
    for module in adapter.modules {
      let isFinite = (module.a.array + module.b.array).allSatisfy(\.isFinite)
      #expect(isFinite)
    }
    _ = try PEFTAdapterFolder.baseFingerprint(of: folder.url)
    // What was read can be written and read again.
    let copy = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: copy.url, baseModelName: "base")
    let again = try PEFTAdapterFolder.read(copy.url, configuration: configuration)
    #expect(again.specification.targets == adapter.specification.targets)
    #expect(again.modules.map(\.a.array) == adapter.modules.map(\.a.array))
    #expect(again.modules.map(\.scaling) == adapter.modules.map(\.scaling))
  }

  // MARK: Text

  private static let text = "Hello 123 [MASK] <s>strip word▁x</s> é日🙂\r\n  'll <think> 👩‍👩‍👧 ÅÅ 1234567890"

  static func use(_ tokenizer: Tokenizer) {
    let ids = tokenizer.encode(text, addSpecial: true)
    #expect(ids.allSatisfy { $0 >= 0 && $0 <= tokenizer.largestID })
    _ = tokenizer.decode(ids, skipSpecial: true)
    _ = tokenizer.decodeBytes(ids + [-1, Int32.max, 3], skipSpecial: false)
  }

  private func template(_ mutation: inout Mutation) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Fixtures.folder("chat/templates"), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let original = Array(try Data(contentsOf: files[mutation.below(files.count)]))
    let source = String(decoding: mutation.bytes(original), as: UTF8.self)
    let template = try ChatTemplate(
      source: source, name: "t.jinja", specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    let turns = [("system", "s"), ("user", "u\n"), ("assistant", "a"), ("user", "é🙂"), ("assistant", " b ")]
    let rendering = try template.training(turns.map { ChatMessage(role: $0, content: $1) })
    #expect(rendering.trained.allSatisfy { $0.upperBound <= rendering.text.utf8.count })
  }

  /// Loops, and in them what goes through texts and lists.
  private func templateCost(_ mutation: inout Mutation) throws {
    let beginnings = [
      "{% set s = 'ab' * 9999 %}", "{% set l = [1, 'x', none] * 999 %}", "{% set s = 'a' * 999999 ~ 'b' %}",
      "{% set m = {'a': [1, 2]} %}", "{% set ns = namespace(s='', l=[]) %}",
      "{% macro f(x) %}{{ x }}{{ varargs }}{% endmacro %}",
    ]
    let loops = [
      "{% for i in range(9) %}", "{% for i in range(9999) %}", "{% for i in l %}", "{% for i in s %}",
      "{% for k, v in m.items() %}",
    ]
    let work = [
      "{{ 'b' in s }}", "{{ s | length }}", "{{ s == s ~ '' }}", "{{ 5 in l }}", "{% set t = s ~ s %}",
      "{{ s.replace('a', 'bb') | length }}",
      "{{ l | join | length }}", "{{ (l | map('string') | list)[-1] }}", "{% set ns.s = ns.s ~ s %}",
      "{% set ns.l = ns.l + [s] %}",
      "{{ s.split('a') | length }}", "{{ l | unique | list | length }}", "{{ s[::-1][0] }}", "{{ f(s, *l) | length }}",
      "{{ '%99999s' % i }}",
      "{{ s | tojson | length }}", "{{ l | batch(2) | list | length }}", "{{ s.rfind('zz') }}", "{{ s * 9 }}",
      "{{ l * 99 }}",
      "{{ m | tojson(indent=999) }}", "{{ s | indent(999) | length }}", "{{ s.center(99999) | length }}",
      "{{ l | sort }}",
    ]
    // Most rounds try how things go together and take a few ms; every 256th is as large as the text says, and as a rule runs out of steps.
    let isLarge = mutation.below(256) == 0
    var source = ""
    for _ in 0..<(2 + mutation.below(4)) { source += beginnings[mutation.below(beginnings.count)] }
    let depth = mutation.below(4)
    for _ in 0..<depth {
      source += loops[mutation.below(loops.count)] + (mutation.below(2) == 0 ? work[mutation.below(work.count)] : "")
    }
    for _ in 0..<(1 + mutation.below(3)) { source += work[mutation.below(work.count)] }
    source += String(repeating: "{% endfor %}", count: depth)
    if !isLarge { source = source.replacing(/9{3,}/, with: "3") }
    let template = try ChatTemplate(source: source, name: "t.jinja")
    _ = try template.render([ChatMessage(role: "user", content: "u")], addGenerationPrompt: false)
  }

  private static let patternPieces = [
    "a", "b", "(a+)+", "(a|aa)+", "(.*)*", "$", "^", "x", "[ab]", ".", "+", "*", "?", "|", "(", ")", "(?:", "(?=",
    "(?!", "\\s", "\\w",
    "\\p{L}", "{2,}", "{,9}", "(?<=a)", "(?i:", " ", "é",
  ]

  /// Patterns put together of pieces, as a splitter, in a chain of replacements, and as a name's pattern.
  private func pattern(_ mutation: inout Mutation) throws {
    var source = ""
    for _ in 0..<(1 + mutation.below(7)) { source += Self.patternPieces[mutation.below(Self.patternPieces.count)] }
    let pattern = JSONValue.object(JSONObject([("Regex", .string(source))]))
    func replacement() -> JSONValue {
      let content = [String(repeating: "a", count: 100), "", "ab", "é"][mutation.below(4)]
      return .object(JSONObject([("type", .string("Replace")), ("pattern", pattern), ("content", .string(content))]))
    }
    let chain = JSONValue.object(
      JSONObject([
        ("type", .string("Sequence")), ("normalizers", .array((0..<mutation.below(5)).map { _ in replacement() })),
      ]))
    let split = JSONValue.object(
      JSONObject([
        ("type", .string("Split")), ("pattern", pattern), ("behavior", .string("Isolated")), ("invert", .bool(false)),
      ]))
    let model = JSONValue.object(
      JSONObject([
        ("type", .string("BPE")), ("vocab", .object(JSONObject([("a", .integer(0)), ("b", .integer(1))]))),
        ("merges", .array([])),
      ]))
    let file = JSONObject([
      ("normalizer", chain), ("pre_tokenizer", split), ("model", model),
      ("decoder", mutation.below(2) == 0 ? .null : replacement()),
    ])
    let tokenizer = try Tokenizer(json: Data(JSONWriter.text(.object(file), indent: nil).utf8))
    let text =
      String(repeating: ["a", "ab ", "é a\n", "aaaaaaaaab"][mutation.below(4)], count: 1 + mutation.below(40)) + "!"
    let ids = tokenizer.encode(text, addSpecial: true)
    _ = tokenizer.decode(ids, skipSpecial: false)
    try tokenizer.check()
  }

  private static let pictures = [
    "rgb8.png", "rgb8-interlaced.png", "palette2.png", "grey1.png", "420.jpg", "progressive.jpg", "cmyk.jpg",
    "grey.jpg",
  ].compactMap { try? ImageGoldens.bytes($0) }

  private func picture(_ mutation: inout Mutation) throws {
    var bytes = Self.pictures[mutation.below(Self.pictures.count)]
    if mutation.below(3) == 0, bytes.starts(with: [0x89]) {
      // A chunk of text or profile with a length of its own choice, behind the header.
      let name = ["tEXt", "zTXt", "iCCP", "iTXt", "eXIf", "sPLT", "hIST", "acTL"][mutation.below(8)]
      let length = [0, 10, 0xFFFF, 0xFF_FFFF, 0x7FFF_FFFF][mutation.below(5)]
      let size = withUnsafeBytes(of: UInt32(length).bigEndian) { Array($0) }
      bytes.insert(contentsOf: size + Array(name.utf8) + Array("key\0\0abcdefgh".utf8), at: 33)
    } else {
      bytes = mutation.bytes(bytes)
    }
    // A header may claim up to 100 megapixels, which is right and slow.
    if ImageFuzzTests.claimedPixels(bytes) > 1_000_000 { return }
    let image = try RasterImage(encoded: bytes, name: "picture")
    #expect(image.pixels.count == 3 * image.width * image.height)
  }

  private func data(_ mutation: inout Mutation) throws {
    let originals: [JSONValue] = try [
      #"{"prompt": "p\u00e9", "completion": "c", "id": 3}"#, #"{"question": "p", "answer": "c"}"#,
      #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#,
      #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "system": "s"}"#,
      #"{"instruction": "i", "input": "x", "output": "o"}"#,
    ].map { try JSONParser.parse(Array($0.utf8)) }
    let record = originals[mutation.below(originals.count)]
    let records = (0..<4).map { _ in mutation.below(3) == 0 ? mutation.json(record) : record }
    let bytes: [UInt8] =
      switch self {
      case .jsonl: Array(records.map { JSONWriter.text($0, indent: nil) }.joined(separator: "\n").utf8)
      case .json:
        Array(
          JSONWriter.text(mutation.below(2) == 0 ? .array(records) : .object(JSONObject([("data", .array(records))])))
            .utf8)
      default: Array("id;prompt;completion\r\n1;\"a \"\"b\"\"\nc\";d\r\n2;;\"\"\r\n3;x;y".utf8)
      }
    let damaged = self != .csv && mutation.below(2) == 0 ? bytes : mutation.bytes(bytes)
    let file = try DataFile.parse(damaged, path: "d.\(rawValue)")
    #expect(!file.records.isEmpty && !file.detected.isEmpty)
  }
}
