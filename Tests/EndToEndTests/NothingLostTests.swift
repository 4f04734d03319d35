import Foundation
import Testing

/// Nothing that a person has is overwritten or removed, and no finished training is thrown away.
@Suite struct NothingLostTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      (0..<6).map { "{\"prompt\": \"\($0) + 1 = \", \"completion\": \"\($0 + 1)\"}\n" }.joined(), to: "data.jsonl")
  }

  private func train(_ extra: [String] = [], store: String = "s.sqlite", rank: Int = 2, steps: Int = 2) -> [String] {
    [
      "train", "--data", folder.path("data.jsonl"), "--targets", "o_proj", "--rank", "\(rank)", "--steps", "\(steps)",
      "--batch-size", "2", "--sequence-length", "32", "--no-latency", "--no-baseline", "--threads", "1", "--store",
      folder.path(store),
    ] + extra
  }

  private func runs(_ verb: String, _ arguments: String..., store: String = "s.sqlite") throws -> Program.Result {
    try Program.run(["runs", verb] + arguments + ["--store", folder.path(store)])
  }

  private func contents(_ name: String) -> Data? { FileManager.default.contents(atPath: folder.path(name)) }

  private func make(_ name: String, _ text: String = "precious") throws {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: target)
  }

  /// Everything below the folder but the store, with contents.
  private func everything() -> [String: Data?] {
    var all: [String: Data?] = [:]
    for path in FileManager.default.subpaths(atPath: folder.url.path) ?? [] {
      if path.hasPrefix("s.sqlite") || path == "lorascope.log" || path == "s-runs" { continue }
      all[path] = contents(path)
    }
    return all
  }

  // MARK: --output

  @Test(arguments: [
    "README.md", "adapter_model.safetensors", "notes/x.txt", ".git/config", "adapter_config.json",
  ]) func anOutputWithSomethingInItIsRefused(name: String) throws {
    try make("o/\(name)")
    let before = everything()
    let result = try Program.run(train(["--output", folder.path("o")]))
    #expect(result.status == 73, "\(result.errors)")
    #expect(result.errors.contains("new or an empty folder"))
    #expect(everything() == before)
    #expect(!(try runs("list").output.contains("o_proj ")))
  }

  @Test func anOutputThatCannotBeIsRefusedBeforeTheFirstStep() throws {
    try make("file")
    try link("dangling", to: folder.path("nowhere/at/all"))
    for output in ["file", "file/below", "dangling"] {
      let before = everything()
      let result = try Program.run(train(["--output", folder.path(output)]))
      #expect(result.status == 73, "\(output): \(result.errors)")
      #expect(everything() == before)
    }
    // Empty, it is what a person has made for it; and it is the run's own from then on.
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
    #expect(try Program.run(train(["--output", folder.path("empty")])).status == 0)
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: folder.path("empty")))
        == ["adapter_config.json", "adapter_model.safetensors", "README.md"])
    #expect(try Program.run(train(["--output", folder.path("empty")])).status == 73)
  }

  /// Of two programs with one output the second is refused while the first trains.
  @Test func twoStoresDoNotShareAnOutput() throws {
    // Long enough that it still trains whatever the machine does.
    let process = Program.start(
      train(["--output", folder.path("o")], store: "a.sqlite", steps: 1_000_000))
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<500 where !FileManager.default.fileExists(atPath: folder.path("o/.lorascope-output")) {
      Thread.sleep(forTimeInterval: 0.02)
    }
    let second = try Program.run(train(["--output", folder.path("o")], store: "b.sqlite"))
    #expect(second.status == 73, "\(second.errors)")
    #expect(second.errors.contains("is reserved for"))
    process.terminate()
    process.waitUntilExit()
    // The first one's still, though it does not train at the moment.
    #expect(try Program.run(train(["--output", folder.path("o")], store: "b.sqlite")).status == 73)
    #expect(try runs("delete", "1", store: "a.sqlite").status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("o")))
    #expect(try Program.run(train(["--output", folder.path("o")], store: "b.sqlite")).status == 0)
  }

  /// The training is not lost with its output: a person puts something into the folder while it trains.
  @Test func aFinishedTrainingIsKeptWhereItsOutputCannotBeWritten() throws {
    let process = try heldInTraining()
    try FileManager.default.removeItem(atPath: folder.path("o"))
    try make("o", "a file now")
    kill(process.processIdentifier, SIGCONT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 73)
    #expect(try String(contentsOfFile: folder.path("errors"), encoding: .utf8).contains("runs export 1 --peft"))
    #expect(contents("o") == Data("a file now".utf8))
    #expect(try runs("list").output.contains("done"))
    #expect(try runs("export", "1", "--peft", folder.path("e")).status == 0)
    #expect(contents("e/adapter_model.safetensors") != nil)
  }

  /// A program that has been stopped (`SIGSTOP`) between the first step and the last of its run 1, whose output is `o`.
  private func heldInTraining() throws -> Process {
    // Of a training that ends before it is seen nothing is learned; then one of four times the steps is watched.
    for steps in [400, 1600, 6400, 25600] {
      if let held = try heldInTraining(steps: steps) { return held }
    }
    throw Unexpected("each training was over before it was seen")
  }

  private func heldInTraining(steps: Int) throws -> Process? {
    let process = Program.start(train(["--output", folder.path("o")], steps: steps))
    _ = FileManager.default.createFile(atPath: folder.path("errors"), contents: nil)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: folder.path("errors"))
    try process.run()
    while process.isRunning {
      // The store's own word, since what stands on standard error is what was due when a line was due.
      // At first there is no store yet.
      let list = (try? runs("list", "--json").json())?["runs"] as? [[String: Any]]
      if let losses = list?.first?["losses"] as? [Any], (1..<steps).contains(losses.count) {
        kill(process.processIdentifier, SIGSTOP)
        // It may have ended between the look and the stop; what it has written is its output then.
        if (try? FileManager.default.contentsOfDirectory(atPath: folder.path("o"))) == [".lorascope-output"] {
          return process
        }
        kill(process.processIdentifier, SIGCONT)
        break
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
    process.waitUntilExit()
    _ = try runs("delete", "1")
    for name in ["s.sqlite", "s.sqlite-wal", "s.sqlite-shm", "s-runs"] {
      try? FileManager.default.removeItem(atPath: folder.path(name))
    }
    try? FileManager.default.removeItem(atPath: folder.path("o"))
    return nil
  }

  // MARK: Exports

  @Test func anExportReplacesItsOwnFilesOnly() throws {
    #expect(try Program.run(train(["--output", folder.path("o")])).status == 0)
    // Only the adapter's own files are copied.
    try make("o/private.txt")
    #expect(try runs("export", "1", "--peft", folder.path("e")).status == 0)
    #expect(contents("e/private.txt") == nil && contents("e/adapter_config.json") != nil)
    try make("e/sub/notes.txt")
    try make("e/x.partial-1-2")
    #expect(try runs("export", "1", "--peft", folder.path("e")).status == 73)
    #expect(try runs("export", "1", "--peft", folder.path("e"), "--force").status == 0)
    #expect(contents("e/sub/notes.txt") != nil && contents("e/x.partial-1-2") != nil)
    // What is called like an adapter's and is a person's.
    for (name, text) in [("adapter_config.json", "{}"), ("README.md", "# mine"), ("adapter_model.safetensors", "x")] {
      try? FileManager.default.removeItem(atPath: folder.path("f"))
      try make("f/\(name)", text)
      let result = try runs("export", "1", "--peft", folder.path("f"), "--force")
      #expect(result.status == 73 && result.errors.contains(name), "\(result.errors)")
      #expect(contents("f/\(name)") == Data(text.utf8))
    }
  }

  @Test func nothingIsExportedOntoWhatIsInUse() throws {
    #expect(try Program.run(train(["--output", folder.path("o")])).status == 0)
    #expect(try Program.run(train(rank: 3)).status == 0)
    #expect(try runs("export", "1", "--merged", folder.path("base"), "--type", "float32").status == 0)
    #expect(
      try Program.run(train(["--model", folder.path("base"), "--chat-template", "none"])).status == 0)
    try link("link-to-o", to: folder.path("o"))
    try link("link-to-base", to: folder.path("base"))
    try link("link-to-runs", to: folder.path("s-runs"))
    let before = everything()
    for target in ["o", "link-to-o", "link-to-base", "base", "link-to-runs/new", "s-runs/2/adapter", "data.jsonl"] {
      for kind in ["--peft", "--merged"] {
        let result = try runs("export", "3", kind, folder.path(target), "--force")
        #expect(result.status == 73, "\(kind) \(target): \(result.errors)")
      }
    }
    let merge = try Program.run([
      "merge", "--model", folder.path("base"), "--adapter", folder.path("s-runs/3/adapter"), "--output",
      folder.path("link-to-base"), "--force",
    ])
    #expect(merge.status == 73, "\(merge.errors)")
    #expect(everything() == before)
    // Its own merge may be written again, another person's model may not.
    #expect(try runs("export", "1", "--merged", folder.path("m")).status == 0)
    #expect(try runs("export", "1", "--merged", folder.path("m"), "--force").status == 0)
    try make("n/config.json", "{}")
    #expect(try runs("export", "1", "--merged", folder.path("n"), "--force").status == 73)
    #expect(contents("n/config.json") == Data("{}".utf8))
  }

  // MARK: The store

  @Test func aRunWhoseDataWasAwayGoesOn() throws {
    let process = try heldInTraining()
    // Waits for it until it goes on.
    process.terminate()
    kill(process.processIdentifier, SIGCONT)
    process.waitUntilExit()
    try FileManager.default.moveItem(atPath: folder.path("data.jsonl"), toPath: folder.path("away"))
    let failed = try Program.run(["resume", "--store", folder.path("s.sqlite")])
    #expect(failed.status != 0 && failed.errors.contains("data.jsonl"), "\(failed.errors)")
    try FileManager.default.moveItem(atPath: folder.path("away"), toPath: folder.path("data.jsonl"))
    let resumed = try Program.run(["resume", "--store", folder.path("s.sqlite")])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try runs("list").output.contains("done"))
  }

  @Test func logsFollowNoLinks() throws {
    try make("notes.txt")
    try link("lorascope.log", to: folder.path("notes.txt"))
    #expect(try Program.run(train()).status == 0)
    #expect(contents("notes.txt") == Data("precious".utf8))
  }

  @Test func aConfigurationIsNotReplacedUnasked() throws {
    try make("c.yaml")
    let arguments = [
      "recommend", "--for", "axolotl", "--output", folder.path("c.yaml"), "--store", folder.path("none"),
    ]
    #expect(try Program.run(arguments).status == 73)
    #expect(contents("c.yaml") == Data("precious".utf8))
    #expect(try Program.run(arguments + ["--force"]).status == 0)
  }

  /// A limit on the size of files does not get better by waiting.
  @Test func aFileSizeLimitIsAnError() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    let words = ([Program.executable] + train(rank: 64, steps: 3))
      .map { "'\($0)'" }.joined(separator: " ")
    shell.arguments = ["-c", "ulimit -f 100; exec \(words)"]
    let errors = folder.path("errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle(forWritingAtPath: errors)
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationReason == .exit && shell.terminationStatus != 0)
    let resumed = try Program.run(["resume", "--store", folder.path("s.sqlite")])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try runs("list").output.contains("done"))
  }
}
