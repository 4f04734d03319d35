import Foundation
import Testing

/// What of several adapters at once cannot be measured or asked: one line, the right exit status, and the store as it was.
@Suite struct FleetInputTests {
  @Test func whatCannotBeMeasuredTogether() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(
      String(repeating: #"{"prompt": "a", "completion": "b"}"# + "\n", count: 8), to: "d.jsonl")
    let store = ["--store", folder.path("s.sqlite")]
    let trained = try Program.run(
      [
        "train", "--data", data, "--targets", "o_proj@1", "--rank", "1", "--steps", "1", "--batch-size", "1",
        "--sequence-length", "16", "--tuning-share", "0.25", "--no-latency", "--no-baseline", "--threads", "1",
      ] + store)
    try #require(trained.status == 0, "\(trained.errors)")
    let own = folder.path("own")
    #expect(try Program.run(["runs", "export", "1", "--peft", own] + store).status == 0)
    let foreign = folder.path("foreign")
    try FileManager.default.copyItem(atPath: own, toPath: foreign)
    try Self.changeBase(of: foreign + "/adapter_model.safetensors")
    let before = try Program.run(["runs", "list", "--json"] + store).output
    let quick = ["--time-cap", "0.001", "--tokens", "1", "--prompt-length", "2", "--threads", "1"]
    for (words, status, said) in [
      ("latency --adapters 17", 64, "1 to 16"), ("latency --adapters 2,x", 64, "1 to 16"),
      ("latency --mix skewed --targets qkv", 64, "belongs to --adapters"),
      ("latency --adapters 2 --adapter \(own) \(foreign)", 65, "foreign' was trained on another base"),
      ("latency --adapters 2 --adapter \(own)-not", 66, "no adapter folder"),
      ("latency --adapters 2 --run 9", 66, "no run #9"),
      ("latency --adapters 1 --targets qkv --dora --adapter-dtype bf16", 64, "fp32 for DoRA"),
      ("bench fleet --adapters 32", 64, "1 to 16"), ("bench fleet --shape 5M --model builtin", 64, "not both"),
    ] as [(String, Int32, String)] {
      let arguments = words.split(separator: " ").map(String.init)
      let flags = arguments[0] == "latency" ? quick + store : []
      try expect(arguments + flags, status, said)
    }
    for (words, status, said) in [
      ("generate --prompt a --runs \((1...17).map(String.init).joined(separator: ","))", 64, "at most 16"),
      ("generate --prompt a --runs 1,9", 66, "no run #9"), ("generate --prompt a --runs 1 --chat", 64, "leave out"),
      ("prune 9", 66, "no run #9"), ("prune 1 --tolerance 90", 64, "of which nothing can go"),
      ("prune 1 --refit 0", 64, "--refit must be"), ("prune 1 --into t.md", 64, "--compare"),
    ] as [(String, Int32, String)] {
      try expect(words.split(separator: " ").map(String.init) + store, status, said)
    }
    #expect(try Program.run(["runs", "list", "--json"] + store).output == before)
    // And what is right is answered.
    let answers = try Program.run(
      ["generate", "--prompt", "a", "--runs", "1", "--max-new-tokens", "1", "--json"] + store)
    #expect(answers.status == 0, "\(answers.errors)")
    #expect((try answers.json()["answers"] as? [Any])?.count == 1)
    // Where only the adapter's own words are at stake, and not what is written or compared, another base is said.
    for words in [
      "generate --prompt a --max-new-tokens 1 --adapter", "latency \(quick.joined(separator: " ")) --adapter",
      "train --data \(data) --targets o_proj@1 --steps 1 --batch-size 1 --sequence-length 16 --tuning-share 0.25 --no-latency "
        + "--no-baseline \(store.joined(separator: " ")) --init-adapter",
    ] {
      let arguments = words.split(separator: " ").map(String.init)
      for (adapter, lines) in [(own, 0), (foreign, 1)] {
        let result = try Program.run(arguments + [adapter])
        #expect(result.status == 0, "\(words): \(result.errors)")
        let said = result.errors.split(separator: "\n").filter { $0.contains("trained on other weights") }
        #expect(said.count == lines, "\(words) \(adapter): \(result.errors)")
      }
    }
  }

  private func expect(_ arguments: [String], _ status: Int32, _ said: String) throws {
    let result = try Program.run(arguments)
    #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.status), \(result.errors)")
    // Of flags the usage is said too.
    let lines = result.errors.split(separator: "\n").filter { $0.contains(said) }
    #expect(lines.count == 1, "\(arguments): \(result.errors)")
  }

  /// Another fingerprint of the base in a file of weights, of the same length.
  private static func changeBase(of file: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    let key = Data(#""base_model_fingerprint": ""#.utf8)
    let place = try #require(bytes.range(of: key)).upperBound
    bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
    try bytes.write(to: URL(fileURLWithPath: file))
  }
}
