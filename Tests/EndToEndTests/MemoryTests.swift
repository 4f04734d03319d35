import Foundation
import Testing

/// What does not fit into memory is refused before anything is allocated, in one line with both numbers and status 69.
@Suite struct MemoryTests {
  /// A Llama folder whose weights are a hole of the right size.
  private static func sparse(_ folder: TemporaryFolder, hidden: Int, layers: Int, vocabulary: Int = 32_000) throws
    -> Int
  {
    let heads = hidden / 128
    let config: [String: Any] = [
      "model_type": "llama", "hidden_size": hidden, "intermediate_size": 4 * hidden, "num_hidden_layers": layers,
      "num_attention_heads": heads, "num_key_value_heads": heads, "vocab_size": vocabulary, "rms_norm_eps": 1e-5,
      "max_position_embeddings": 4096, "tie_word_embeddings": true,
    ]
    try JSONSerialization.data(withJSONObject: config).write(to: folder.url.appendingPathComponent("config.json"))
    var header: [String: Any] = [:]
    var place = 0
    func add(_ name: String, _ shape: [Int]) {
      let bytes = 2 * shape.reduce(1, *)
      header[name] = ["dtype": "BF16", "shape": shape, "data_offsets": [place, place + bytes]] as [String: Any]
      place += bytes
    }
    add("model.embed_tokens.weight", [vocabulary, hidden])
    add("model.norm.weight", [hidden])
    for layer in 0..<layers {
      for norm in ["input_layernorm", "post_attention_layernorm"] {
        add("model.layers.\(layer).\(norm).weight", [hidden])
      }
      for name in ["q_proj", "k_proj", "v_proj", "o_proj"] {
        add("model.layers.\(layer).self_attn.\(name).weight", [hidden, hidden])
      }
      for name in ["gate_proj", "up_proj"] { add("model.layers.\(layer).mlp.\(name).weight", [4 * hidden, hidden]) }
      add("model.layers.\(layer).mlp.down_proj.weight", [hidden, 4 * hidden])
    }
    var bytes = try JSONSerialization.data(withJSONObject: header)
    while bytes.count % 8 != 0 { bytes.append(0x20) }
    let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Data($0) }
    let file = folder.path("model.safetensors")
    try (length + bytes).write(to: URL(fileURLWithPath: file))
    try #require(truncate(file, off_t(8 + bytes.count + place)) == 0)
    return place
  }

  /// The program under a shell's limit.
  private func run(limit: String, _ arguments: [String]) throws -> Program.Result {
    try Program.run(arguments, limit: limit)
  }

  @Test func aModelThatIsLargerThanAnyMachine() throws {
    let folder = try TemporaryFolder()
    // 687 GB.
    _ = try Self.sparse(folder, hidden: 16_384, layers: 80)
    let inspect = try Program.run(["inspect", folder.url.path, "--json"])
    #expect(inspect.status == 0, "\(inspect.errors)")
    let report = try inspect.json()
    let bytes = try #require(report["bytes"] as? Int)
    #expect(bytes > 680_000_000_000 && bytes < 700_000_000_000)
    let combinations = try #require(report["combinations"] as? [[String: Any]])
    #expect(combinations.count == 15)
    #expect(combinations.allSatisfy { ($0["run_bytes"] as? Int ?? 0) > bytes && $0["fits"] as? Bool == false })
    let memory = try #require(report["memory"] as? [String: Any])
    #expect(try #require(memory["available_bytes"] as? Int) > 0)

    let data = try folder.write(#"{"prompt":"a","completion":"b"}"# + "\n", to: "d.jsonl")
    let tokens = try folder.write("[1,2]", to: "ids.json")
    let store = folder.path("s.sqlite")
    for arguments in [
      ["generate", "--prompt", "a"], ["latency", "--targets", "qkv"], ["score", "--tokens", tokens],
      ["evaluate", "--data", data],
      ["train", "--data", data, "--targets", "qkv", "--store", store], ["sweep", "--data", data, "--store", store],
    ] {
      let result = try Program.run(arguments + ["--model", folder.url.path])
      #expect(result.status == 69, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("the weights need 68"), "\(arguments): \(result.errors)")
      #expect(result.errors.contains("free"), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    // Nothing was queued that could be left unfinished.
    let list = try Program.run(["runs", "list", "--store", store])
    #expect(!list.output.contains("preparing"), "\(list.output)")
  }

  @Test func aModelThatIsLargerThanALimit() throws {
    let folder = try TemporaryFolder()
    _ = try Self.sparse(folder, hidden: 4096, layers: 12)
    let result = try run(limit: "-v 3000000", ["generate", "--model", folder.url.path, "--prompt", "a"])
    #expect(result.status == 69, "\(result.errors)")
    #expect(result.errors.contains("the address space that ulimit -v allows"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  /// The weights fit, and what a run needs beside them does not: refused before the first step, with what would fit.
  @Test func aRunThatIsLargerThanALimit() throws {
    let folder = try TemporaryFolder()
    let text = String(repeating: "many words of a long text ", count: 400)
    let data = try folder.write(#"{"prompt":"a","completion":"\#(text)"}"# + "\n", to: "d.jsonl")
    let result = try run(
      limit: "-v 1400000",
      [
        "train", "--data", data, "--targets", "all", "--steps", "1", "--sequence-length", "2048", "--batch-size", "1",
        "--rank",
        "2048", "--no-latency", "--threads", "1", "--store", folder.path("s.sqlite"),
      ])
    #expect(result.status == 69, "\(result.errors)")
    #expect(result.errors.contains("adapter, activations and caches need"), "\(result.errors)")
    let list = try Program.run(["runs", "list", "--store", folder.path("s.sqlite"), "--json"])
    #expect(list.output.contains("failed") && !list.output.contains("preparing"), "\(list.output)")
  }

  @Test(arguments: [("-n 10", "24 are needed"), ("-v 131072", "512 are needed")])
  func limitsThatNothingWorksUnder(_ limit: String, _ words: String) throws {
    let result = try run(limit: limit, ["inspect", "builtin"])
    #expect(result.status == 69, "\(result.errors)")
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test(arguments: ["config.json", "model.safetensors"])
  func aPipeInsteadOfAFile(_ name: String) throws {
    let folder = try TemporaryFolder()
    _ = try Self.sparse(folder, hidden: 256, layers: 1)
    try FileManager.default.removeItem(atPath: folder.path(name))
    #expect(mkfifo(folder.path(name), 0o600) == 0)
    let result = try Program.run(["inspect", folder.url.path])
    #expect(result.status == 66)
    #expect(result.errors.contains("\(name): is a pipe, not a file"), "\(result.errors)")
  }
}
