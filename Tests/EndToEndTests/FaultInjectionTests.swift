import Foundation
import Testing

/// A kill, and each of four errors, at every call that renames, flushes or removes (and, of kills, makes or links): in training,
/// exporting, deleting and bringing back. Afterwards nothing is lost, and nothing lies about.
///
/// `LORASCOPE_ALL_FAULTS=1` takes every call with every error; without it the errors take turns.
@Suite(.serialized, .timeLimit(.minutes(30))) struct FaultInjectionTests {
  private static let errors = [ENOSPC, EACCES, EIO, EMFILE]
  private static let calls = "rename,fsync,unlink,mkdir,link"
  private static let takesAll = ProcessInfo.processInfo.environment["LORASCOPE_ALL_FAULTS"] == "1"

  private struct Fault: CustomStringConvertible {
    var at: Int
    /// Nil kills.
    var error: Int32?
    var description: String { "\(error.map { String(cString: strerror($0)) } ?? "kill") at call \(at)" }
  }

  private static var library: String {
    (Program.executable as NSString).deletingLastPathComponent + "/libFaultInjection.so"
  }

  private func run(_ arguments: [String], under fault: Fault) throws -> Program.Result {
    var environment = [
      "LD_PRELOAD": Self.library, "LORASCOPE_FAULT_AT": "\(fault.at)", "LORASCOPE_FAULT_CALLS": Self.calls,
    ]
    environment["LORASCOPE_FAULT_ERROR"] = fault.error.map { "\($0)" }
    return try Program.run(arguments, environment: environment)
  }

  /// Every fault that a command can meet: as many as it makes calls.
  private func faults(of arguments: [String]) throws -> [Fault] {
    let counts = try TemporaryFolder()
    let list = counts.path("calls")
    let result = try Program.run(
      arguments,
      environment: [
        "LD_PRELOAD": Self.library, "LORASCOPE_FAULT_CALLS": Self.calls, "LORASCOPE_FAULT_COUNT": list,
      ])
    #expect(result.status == 0, "\(result.errors)")
    let count = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").count
    #expect(count > 3)
    return (1...max(1, count)).flatMap { at in
      let errors = Self.takesAll ? Self.errors : [Self.errors[at % Self.errors.count]]
      return [Fault(at: at)] + errors.map { Fault(at: at, error: $0) }
    }
  }

  // MARK: A study of two runs, each a fraction of a second

  private static let data = (0..<6).map { "{\"prompt\": \"\($0) + 1 = \", \"completion\": \"\($0 + 1)\"}\n" }.joined()

  private func train(_ folder: TemporaryFolder, rank: Int = 2, output: Bool = true) -> [String] {
    [
      "train", "--data", folder.path("data.jsonl"), "--targets", "o_proj", "--rank", "\(rank)", "--steps", "2",
      "--batch-size", "2", "--sequence-length", "32", "--no-latency", "--no-baseline", "--threads", "1", "--store",
      folder.path("s.sqlite"),
    ] + (output ? ["--output", folder.path("o")] : [])
  }

  private func study() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.data, to: "data.jsonl")
    return folder
  }

  /// A copy of a folder in which something has been done.
  private func copy(_ folder: TemporaryFolder) throws -> TemporaryFolder {
    let copy = try TemporaryFolder()
    try put(folder, back: copy)
    return copy
  }

  /// Makes a folder what its copy is: paths in the store stay right.
  private func put(_ copy: TemporaryFolder, back folder: TemporaryFolder) throws {
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: folder.url.path) {
      try files.removeItem(atPath: folder.path(name))
    }
    for name in try files.contentsOfDirectory(atPath: copy.url.path) {
      try files.copyItem(atPath: copy.path(name), toPath: folder.path(name))
    }
  }

  private func bytes(_ folder: String) -> Data? {
    FileManager.default.contents(atPath: folder + "/adapter_model.safetensors")
  }

  private func runs(_ folder: TemporaryFolder) throws -> [[String: Any]] {
    let list = try Program.run(["runs", "list", "--json", "--store", folder.path("s.sqlite")])
    if list.status != 0 { return [] }
    return try list.json()["runs"] as? [[String: Any]] ?? []
  }

  /// Nothing but what a study consists of.
  private func expectTidy(_ folder: TemporaryFolder, _ fault: Fault) throws {
    let known = [
      "data.jsonl", "s.sqlite", "s.sqlite-wal", "s.sqlite-shm", "s.sqlite.lock", "lorascope.log", "s-runs", "s-trash",
      "adapter", "files", "o", "e", "adapter_config.json", "adapter_model.safetensors", "README.md",
    ]
    let strange = (FileManager.default.subpaths(atPath: folder.url.path) ?? []).filter { path in
      let name = (path as NSString).lastPathComponent
      return !known.contains(name) && Int(name) == nil
    }
    #expect(strange.isEmpty, "\(fault): \(strange)")
    #expect(try String(contentsOfFile: folder.path("data.jsonl"), encoding: .utf8) == Self.data)
  }

  // MARK: The four commands

  @Test func training() throws {
    let whole = try study()
    let faults = try faults(of: train(whole))
    let expected = try #require(bytes(whole.path("o")))
    for fault in faults {
      let folder = try study()
      let first = try run(train(folder), under: fault)
      if first.status == 0 { #expect(bytes(folder.path("o")) == expected, "\(fault)") }
      if try runs(folder).isEmpty {
        // It had not begun.
        #expect(first.status != 0, "\(fault)")
        let again = try Program.run(train(folder))
        #expect(again.status == 0, "\(fault): \(again.errors)")
      }
      let resumed = try Program.run(["resume", "--store", folder.path("s.sqlite")])
      #expect(resumed.status == 0, "\(fault): \(resumed.errors)")
      let runs = try runs(folder)
      #expect(runs.map { $0["state"] as? String } == ["done"], "\(fault): \(first.errors)")
      let adapter = runs.first?["adapter"] as? String ?? ""
      #expect(bytes(adapter) == expected, "\(fault): \(adapter) \(first.errors)")
      try expectTidy(folder, fault)
    }
    report("train", faults.count)
  }

  @Test func exporting() throws {
    let folder = try study()
    #expect(try Program.run(train(folder, output: false)).status == 0)
    #expect(try Program.run(train(folder, rank: 3, output: false)).status == 0)
    let (first, second) = (bytes(folder.path("s-runs/1/adapter")), bytes(folder.path("s-runs/2/adapter")))
    func export(_ run: Int) -> [String] {
      ["runs", "export", "\(run)", "--peft", folder.path("e"), "--force", "--store", folder.path("s.sqlite")]
    }
    var count = 0
    for isReplacing in [false, true] {
      if isReplacing { #expect(try Program.run(export(1)).status == 0) }
      let start = try copy(folder)
      let faults = try faults(of: export(2))
      count += faults.count
      for fault in faults {
        try put(start, back: folder)
        _ = try run(export(2), under: fault)
        // Whole, old or new; or not there.
        let kept = bytes(folder.path("e"))
        #expect(isReplacing ? kept == first || kept == second : kept == nil || kept == second, "\(fault)")
        let isWhole = FileManager.default.fileExists(atPath: folder.path("e/adapter_config.json"))
        #expect(isWhole == (kept != nil), "\(fault)")
        let again = try Program.run(export(2))
        #expect(again.status == 0, "\(fault): \(again.errors)")
        #expect(bytes(folder.path("e")) == second && bytes(folder.path("s-runs/1/adapter")) == first, "\(fault)")
        try expectTidy(folder, fault)
      }
      try put(start, back: folder)
    }
    report("export", count)
  }

  @Test(arguments: ["delete", "restore"]) func deletingAndBringingBack(verb: String) throws {
    let folder = try study()
    #expect(try Program.run(train(folder, output: false)).status == 0)
    let expected = try #require(bytes(folder.path("s-runs/1/adapter")))
    func command(_ verb: String) -> [String] {
      ["runs", verb, "1", "--store", folder.path("s.sqlite")]
    }
    if verb == "restore" { #expect(try Program.run(command("delete")).status == 0) }
    let start = try copy(folder)
    let faults = try faults(of: command(verb))
    for fault in faults {
      try put(start, back: folder)
      _ = try run(command(verb), under: fault)
      // A run that is listed can be exported; one that is not can be brought back.
      if try !runs(folder).isEmpty {
        let export = try Program.run([
          "runs", "export", "1", "--peft", folder.path("e"), "--store", folder.path("s.sqlite"),
        ])
        #expect(export.status == 0 && bytes(folder.path("e")) == expected, "\(fault): \(export.errors)")
        let delete = try Program.run(command("delete"))
        #expect(delete.status == 0, "\(fault): \(delete.errors)")
      }
      let restore = try Program.run(command("restore"))
      #expect(restore.status == 0, "\(fault): \(restore.errors)")
      #expect(try runs(folder).count == 1 && bytes(folder.path("s-runs/1/adapter")) == expected, "\(fault)")
      try expectTidy(folder, fault)
    }
    report(verb, faults.count)
  }

  /// All of a log comes in, or nothing of it; and the same again brings what is missing.
  @Test func importing() throws {
    let source = try study()
    #expect(try Program.run(train(source, output: false)).status == 0)
    let expected = try #require(bytes(source.path("s-runs/1/adapter")))
    let logs = try TemporaryFolder()
    let export = try Program.run(
      ["runs", "export-log", "--output", logs.path("l"), "--store", source.path("s.sqlite")])
    #expect(export.status == 0, "\(export.errors)")
    func take(_ folder: TemporaryFolder) -> [String] {
      ["runs", "import", logs.path("l"), "--store", folder.path("s.sqlite")]
    }
    let faults = try faults(of: take(study()))
    for fault in faults {
      let folder = try study()
      _ = try run(take(folder), under: fault)
      for known in try runs(folder) { #expect(bytes(known["adapter"] as? String ?? "") == expected, "\(fault)") }
      let again = try Program.run(take(folder))
      #expect(again.status == 0, "\(fault): \(again.errors)")
      let runs = try runs(folder)
      #expect(runs.count == 1 && bytes(runs.first?["adapter"] as? String ?? "") == expected, "\(fault)")
      try expectTidy(folder, fault)
    }
    report("import", faults.count)
  }

  private func report(_ what: String, _ count: Int) { print("fault injection: \(what), \(count) faults") }
}
