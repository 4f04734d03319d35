import Foundation
import Testing

/// `lorascope probe` as a person runs it.
@Suite struct ProbeCommandTests {
  private func data(_ folder: TemporaryFolder, count: Int) throws -> String {
    let lines = (0..<count).map { #"{"prompt": "Which number is \#($0)? ", "completion": "number \#($0 * 7)"}"# }
    return try folder.write(lines.joined(separator: "\n") + "\n", to: "d.jsonl")
  }

  @Test func printsOneObject() throws {
    let folder = try TemporaryFolder()
    let arguments = ["probe", "--data", try data(folder, count: 12), "--batches", "3", "--starts", "2", "--no-latency"]
    let report = try Program.run(arguments + ["--json"]).json()
    let order = try #require(report["order"] as? [[String: Any]])
    #expect(order.count == 15)
    #expect(order.first?["targets"] as? String == "qkv+o_proj+fc1+fc2")
    let groups = try #require(report["groups"] as? [[String: Any]])
    #expect(groups.count == 4)
    let shares = groups.compactMap { $0["share"] as? Double }
    #expect(shares.count == 4 && abs(shares.reduce(0, +) - 1) < 1e-9)
    #expect(groups.allSatisfy { ($0["nfn"] as? Double ?? 0) > 0 })
    #expect((report["probabilities"] as? [[Double]])?.count == 15)
    let text = try Program.run(arguments)
    #expect(text.status == 0)
    #expect(text.output.contains("cannot be told from"))
    // Not a terminal: no colours.
    #expect(!text.output.contains("\u{1B}"))
  }

  @Test func refusesWhatSaysNothing() throws {
    let folder = try TemporaryFolder()
    let few = try data(folder, count: 3)
    let empty = try folder.write(#"{"prompt": "a", "completion": ""}"# + "\n", to: "empty.jsonl")
    for (arguments, status, words) in [
      (["--data", few], 65, "too few for 8 batches"), (["--data", empty], 65, "too few for 8 batches"),
      (["--data", few, "--batches", "0"], 64, "--batches"), (["--data", folder.path("none.jsonl")], 66, "no file"),
      (["--data", few, "--model", folder.path("none")], 66, "no model folder"),
      (["--data", few, "--model", folder.url.path], 66, "config.json"),
      (["--data", few, "--rank", "0"], 64, "rank"),
    ] as [([String], Int32, String)] {
      let result = try Program.run(["probe", "--no-latency"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
  }
}
