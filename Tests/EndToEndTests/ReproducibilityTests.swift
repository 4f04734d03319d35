import Foundation
import Testing

/// Same seed, same bits: at any thread count, and after a SIGKILL in mid-run.
@Suite struct ReproducibilityTests {
  private func train(_ folder: TemporaryFolder, _ name: String, _ extra: [String]) throws -> Program.Result {
    try Program.run(
      [
        "train", "--data", "medmcqa", "--targets", "qkv,fc2", "--rank", "4", "--batch-size", "4", "--examples", "64",
        "--eval-examples", "8", "--no-latency", "--dropout", "0.1", "--seed", "7", "--json",
        "--store", folder.path("\(name).sqlite"), "--output", folder.path(name),
      ] + extra)
  }

  private func adapter(_ folder: TemporaryFolder, _ name: String) throws -> Data {
    try Data(contentsOf: folder.url.appendingPathComponent(name).appendingPathComponent("adapter_model.safetensors"))
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let folder = try TemporaryFolder()
    var losses: [[Double]] = []
    for threads in 1...3 {
      let result = try train(folder, "threads\(threads)", ["--steps", "5", "--threads", "\(threads)"])
      #expect(result.status == 0, "\(result.errors)")
      losses.append(try #require(try result.json()["losses"] as? [Double]))
    }
    #expect(losses[0].count == 5)
    #expect(losses[0] == losses[1] && losses[0] == losses[2])
    let first = try adapter(folder, "threads1")
    #expect(try adapter(folder, "threads2") == first)
    #expect(try adapter(folder, "threads3") == first)
  }

  @Test(arguments: [[], ["--bf16"]])
  func aKilledRunEndsWithTheBitsOfAnUninterruptedOne(flags: [String]) throws {
    let folder = try TemporaryFolder()
    // Seconds of one thread, on whatever machine: the list of runs that is asked for meanwhile takes a tenth of one.
    let count = 240
    let steps = ["--steps", "\(count)"] + flags
    let whole = try train(folder, "whole", steps)
    if whole.status == 64, whole.errors.contains("AVX512-BF16") {
      // Where the processor has no products of bfloat16, BadInputTests sees it refused.
      #expect(flags == ["--bf16"])
      return
    }
    #expect(whole.status == 0, "\(whole.errors)")

    let process = Program.start(
      [
        "train", "--data", "medmcqa", "--targets", "qkv,fc2", "--rank", "4", "--batch-size", "4", "--examples", "64",
        "--eval-examples", "8", "--no-latency", "--dropout", "0.1", "--seed", "7", "--json",
        "--store", folder.path("killed.sqlite"), "--output", folder.path("killed"), "--threads", "1",
      ] + steps)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    // In mid-run: some steps are stored, and not all of them.
    var seen = 0
    for _ in 0..<600 where seen < 5 {
      Thread.sleep(forTimeInterval: 0.02)
      let list = try Program.run(["runs", "list", "--json", "--store", folder.path("killed.sqlite")])
      let runs = (try? list.json()["runs"] as? [[String: Any]]) ?? []
      seen = (runs.first?["losses"] as? [Any])?.count ?? 0
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect((5..<count).contains(seen))

    if !flags.isEmpty {
      // A machine that cannot go on with it leaves it as it is.
      // The second time nothing else is left, the base's own evaluation being done.
      for run in [[], [], ["1"]] {
        let refused = try Program.run(
          ["resume", "--store", folder.path("killed.sqlite")] + run,
          environment: ["LORASCOPE_INSTRUCTION_SET": "avx2"])
        #expect(refused.status == 69 && refused.errors.contains("#1"), "\(refused.errors)")
      }
    }
    let resumed = try Program.run(["resume", "--json", "--store", folder.path("killed.sqlite")])
    #expect(resumed.status == 0, "\(resumed.errors)")
    let runs = try #require(try resumed.json()["runs"] as? [[String: Any]])
    let losses = try #require(runs.first?["losses"] as? [Double])
    #expect(losses.count == count)
    #expect(losses == (try whole.json()["losses"] as? [Double]))
    #expect(try adapter(folder, "killed") == adapter(folder, "whole"))
  }
}
