import Foundation
import Testing

/// Each wrong input ends in one clear line and the right exit status.
@Suite struct BadInputTests {
  private func expect(
    _ arguments: [String], status: Int32, saying words: [String], input: String = "",
    environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Program.run(arguments, input: input, environment: environment)
    #expect(result.status == status, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
  }

  private func train(_ folder: TemporaryFolder, _ arguments: [String]) -> [String] {
    ["train", "--store", folder.path("store.sqlite"), "--steps", "2", "--no-latency", "--json"] + arguments
  }

  @Test func targets() throws {
    let folder = try TemporaryFolder()
    try expect(
      train(folder, ["--data", "medmcqa", "--targets", "o_porj"]), status: 64, saying: ["o_porj", "o_proj", "qkv"])
    try expect(train(folder, ["--data", "medmcqa", "--targets", ""]), status: 64, saying: ["--targets"])
    try expect(train(folder, ["--data", "medmcqa", "--targets", "qkv", "--rank", "0"]), status: 64, saying: ["--rank"])
  }

  @Test func dataFiles() throws {
    let folder = try TemporaryFolder()
    try expect(
      train(folder, ["--data", folder.path("none.jsonl"), "--targets", "qkv"]), status: 66, saying: ["none.jsonl"])
    let empty = try folder.write("", to: "empty.jsonl")
    try expect(train(folder, ["--data", empty, "--targets", "qkv"]), status: 65, saying: ["empty.jsonl"])
    let good = #"{"prompt": "a", "completion": "b"}"# + "\n"
    let broken = try folder.write(String(repeating: good, count: 16) + "{\"prompt\": \n", to: "broken.jsonl")
    try expect(train(folder, ["--data", broken, "--targets", "qkv"]), status: 65, saying: ["broken.jsonl", "17"])
    let lacking = try folder.write(good + #"{"prompt": "a"}"# + "\n", to: "lacking.jsonl")
    try expect(
      train(folder, ["--data", lacking, "--targets", "qkv"]), status: 65, saying: ["lacking.jsonl", "2", "completion"])
    let picture = try folder.write(
      good + #"{"prompt": "a", "completion": "b", "image": "no/picture.png"}"# + "\n", to: "pictures.jsonl")
    try expect(
      train(folder, ["--data", picture, "--targets", "qkv"]), status: 66,
      saying: ["pictures.jsonl: line 2", "no/picture.png", "--image-root"])
    let outside = try folder.write(#"{"prompt": "a", "completion": "b", "image": "/etc/hosts"}"#, to: "outside.jsonl")
    try expect(
      ["data", "--data", outside], status: 65, saying: ["outside.jsonl: line 1", "/etc/hosts", "--image-root"])
    let long = try folder.write(
      #"{"prompt": ""# + String(repeating: "many words ", count: 200) + #"", "completion": "b"}"# + "\n",
      to: "long.jsonl")
    let result = try Program.run(train(folder, ["--data", long, "--targets", "qkv", "--sequence-length", "16"]))
    #expect(result.status != 0)
    #expect(result.errors.contains("long.jsonl"))
  }

  @Test func models() throws {
    let folder = try TemporaryFolder()
    try expect(
      train(folder, ["--model", folder.path("none"), "--data", "medmcqa", "--targets", "qkv"]), status: 66,
      saying: ["none"])
    try FileManager.default.createDirectory(atPath: folder.path("model"), withIntermediateDirectories: true)
    try expect(["inspect", folder.path("model")], status: 66, saying: ["config.json"])
    _ = try folder.write("{", to: "model/config.json")
    try expect(["inspect", folder.path("model")], status: 65, saying: ["config.json"])
  }

  @Test func tools() throws {
    let folder = try TemporaryFolder()
    let tokens = try folder.write("[1, 99999999]", to: "tokens.json")
    try expect(["score", "--tokens", tokens], status: 65, saying: ["tokens.json", "99999999"])
    try expect(["score", "--tokens", folder.path("none.json")], status: 66, saying: ["none.json"])
    try expect(["runs", "show", "12", "--store", folder.path("store.sqlite")], status: 66, saying: ["store.sqlite"])
    try expect(
      train(folder, ["--data", "medmcqa", "--targets", "qkv", "--bf16"]), status: 64,
      saying: ["--bf16", "AVX512-BF16", "leave it out"], environment: ["LORASCOPE_INSTRUCTION_SET": "baseline"])
    try expect(["frobnicate"], status: 64, saying: ["frobnicate"])
  }

  @Test func aDivergentRunEndsWithItsStepAndTheSweepGoesOn() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run([
      "sweep", "--data", "medmcqa", "--combinations", "qkv", "--seeds", "0,1", "--lr", "1e6", "--warmup", "0",
      "--clip", "0", "--steps", "6", "--batch-size", "2", "--examples", "16", "--eval-examples", "4", "--no-latency",
      "--json", "--store", folder.path("store.sqlite"),
    ])
    #expect(result.status == 1)
    let runs = try #require(try result.json()["runs"] as? [[String: Any]])
    #expect(runs.count == 2)
    for run in runs {
      #expect(run["state"] as? String == "failed")
      #expect((run["reason"] as? String)?.contains("step") == true)
    }
    for verb in [["show", "99"], ["delete", "99"], ["compare", "1", "99"]] {
      try expect(["runs"] + verb + ["--store", folder.path("store.sqlite")], status: 66, saying: ["no run #99"])
    }
  }

  @Test func flagsThatDoNotGoTogether() throws {
    let folder = try TemporaryFolder()
    let plan = try folder.write("data = \"medmcqa\"\n", to: "plan.toml")
    try expect(["sweep", plan, "--rank", "4"], status: 64, saying: ["saved plan"])
    try expect(["evaluate", "--data", "medmcqa", "--answer-pattern", "("], status: 64, saying: ["pattern"])
    _ = try folder.write("{}", to: "adapter_config.json")
    try expect(
      ["train", "--data", "medmcqa", "--targets", "o_proj", "--output", folder.path(".")], status: 73,
      saying: ["holds adapter_config.json"])
  }

  @Test func notATerminal() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["--store", folder.path("store.sqlite")])
    // Without a terminal the program reports its runs in plain lines and ends; it never draws.
    #expect(!result.output.contains("\u{1B}"))
    #expect(!result.errors.contains("\u{1B}"))
  }
}
