import Foundation
import Testing

/// Standard streams that are full, closed or broken, and what the exit status says of it.
@Suite struct StreamsTests {
  private static let steps = [
    "--targets", "o_proj", "--rank", "2", "--steps", "3", "--batch-size", "2", "--sequence-length", "32",
    "--no-latency",
    "--no-baseline", "--threads", "1",
  ]

  /// Runs a shell line in which `"$0" "$@"` is the program with its arguments.
  private func shell(
    _ line: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Program.Result {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line, Program.executable] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    for name in ["output", "errors"] { _ = FileManager.default.createFile(atPath: folder.path(name), contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: folder.path("output"))
    process.standardError = FileHandle(forWritingAtPath: folder.path("errors"))
    try process.run()
    process.waitUntilExit()
    return Program.Result(
      status: process.terminationStatus, output: try String(contentsOfFile: folder.path("output"), encoding: .utf8),
      errors: try String(contentsOfFile: folder.path("errors"), encoding: .utf8))
  }

  private func data(_ folder: TemporaryFolder) throws -> String {
    try folder.write(
      (0..<4).map { "{\"prompt\":\"\($0)+1=\",\"completion\":\"\($0 + 1)\"}\n" }.joined(), to: "d.jsonl")
  }

  /// A finished run to read.
  private func trained(_ folder: TemporaryFolder) throws -> [String] {
    let store = folder.path("store.sqlite")
    let result = try Program.run(["train", "--data", try data(folder), "--store", store] + Self.steps)
    #expect(result.status == 0, "\(result.errors)")
    return ["--store", store]
  }

  @Test func trainingSurvivesEveryStream() throws {
    let cases: [(line: String, status: Int32, says: String)] = [
      (#""$0" "$@" 2>/dev/full"#, 0, ""), (#""$0" "$@" 2>&-"#, 0, ""), (#""$0" "$@" </dev/null 2>/dev/null"#, 0, ""),
      (#""$0" "$@" <&- >/dev/null"#, 0, ""), (#""$0" "$@" >/dev/full"#, 74, "No space left"),
      (#""$0" "$@" >&-"#, 74, "Bad file descriptor"), (#""$0" "$@" --json >/dev/full"#, 74, "No space left"),
      (#""$0" "$@" <&- >&- 2>&-"#, 74, ""),
      (#""$0" "$@" 2>&1 | head -1 >/dev/null; exit ${PIPESTATUS[0]}"#, 74, ""),
      (#""$0" "$@" | true; exit ${PIPESTATUS[0]}"#, 74, "Broken pipe"),
    ]
    for item in cases {
      let folder = try TemporaryFolder()
      let store = folder.path("store.sqlite")
      let result = try shell(item.line, ["train", "--data", try data(folder), "--store", store] + Self.steps)
      #expect(result.status == item.status, "\(item.line): \(result.errors)")
      #expect(item.says.isEmpty || result.errors.contains(item.says), "\(item.line): \(result.errors)")
      let runs = try Program.run(["runs", "list", "--json", "--store", store]).json()["runs"] as? [[String: Any]]
      #expect(runs?.count == 1)
      #expect(runs?.first?["state"] as? String == "done", "\(item.line)")
      #expect((runs?.first?["losses"] as? [Any])?.count == 3)
      // No message of the program landed in the store.
      let header = try Data(contentsOf: URL(fileURLWithPath: store)).prefix(15)
      #expect(String(decoding: header, as: UTF8.self) == "SQLite format 3")
    }
  }

  @Test func readingVerbsLoseNothingSilently() throws {
    let folder = try TemporaryFolder()
    let store = try trained(folder)
    let tokens = try folder.write("[1, 2, 3]", to: "tokens.json")
    let verbs: [[String]] = [
      ["runs", "list"] + store, ["runs", "list", "--json"] + store, ["runs", "show", "1"] + store,
      ["data", "--data", folder.path("d.jsonl")], ["tokenize"], ["tokenize", "--json"],
      ["generate", "--prompt", "a", "--max-new-tokens", "2"], ["score", "--tokens", tokens], ["inspect", "builtin"],
      ["recommend"] + store, ["recommend", "--for", "peft"] + store, ["report", "--table", "--published"] + store,
      ["--plain"] + store, ["--help"], ["train", "--help"], ["--version"],
    ]
    for verb in verbs {
      for (line, status) in [
        (#""$0" "$@" >/dev/full </dev/null"#, 74), (#""$0" "$@" >&- </dev/null"#, 74),
        (#""$0" "$@" 2>/dev/full </dev/null"#, 0),
      ] as [(String, Int32)] {
        let result = try shell(line, verb)
        #expect(result.status == status, "\(verb) \(line): \(result.errors)")
        if status == 74 { #expect(result.errors.contains("standard output"), "\(verb): \(result.errors)") }
      }
    }
  }

  @Test func aPipeThatNobodyReadsEndsAReaderQuietly() throws {
    let folder = try TemporaryFolder()
    let store = try trained(folder)
    let result = try shell(#""$0" "$@" | true; exit ${PIPESTATUS[0]}"#, ["runs", "list"] + store)
    #expect(result.status == 141)
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  @Test func standardInputHasAnEnd() throws {
    for verb in [["tokenize"], ["tokenize", "--decode"], ["generate", "--max-new-tokens", "1"]] {
      let endless = try shell(#""$0" "$@" </dev/zero"#, verb)
      #expect(endless.status == 65, "\(verb)")
      #expect(endless.errors.contains("MB"), "\(endless.errors)")
      let closed = try shell(#""$0" "$@" <&-"#, verb)
      #expect(closed.status == 74, "\(verb): \(closed.errors)")
      let folder = try shell(#""$0" "$@" </"#, verb)
      #expect(folder.status == 74, "\(verb): \(folder.errors)")
    }
    for file in ["/dev/zero", "/dev/urandom"] {
      for verb in [["score", "--tokens", file], ["report", "--published", "--into", file]] {
        let result = try Program.run(verb)
        #expect(result.status == 65, "\(verb): \(result.errors)")
        #expect(result.errors.contains("MB"), "\(result.errors)")
      }
    }
    for garbage in ["[[[[", "1 x", "[1", "1]", "99999999", "-1", "[1][2]", "{}"] {
      #expect(try Program.run(["tokenize", "--decode"], input: garbage).status == 65, "\(garbage)")
    }
    for good in ["1 2\n3", "[1, 2]", " [ 1 ]\n", "", "[]"] {
      #expect(try Program.run(["tokenize", "--decode"], input: good).status == 0, "\(good)")
    }
  }

  @Test func homeAndXDGDecideWhereTheStoreIs() throws {
    let folder = try TemporaryFolder()
    let home = folder.path("home")
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    let cases: [(setting: String, place: String)] = [
      ("unset XDG_DATA_HOME; export HOME=\(home)", home + "/.local/share/lorascope/store.sqlite"),
      ("export HOME=\(home) XDG_DATA_HOME=\(home)/data", home + "/data/lorascope/store.sqlite"),
      ("export HOME=\(home) XDG_DATA_HOME=data", home + "/.local/share/lorascope/store.sqlite"),
    ]
    for item in cases {
      let result = try shell("\(item.setting); \"$0\" \"$@\"", ["runs", "list"])
      #expect(result.status == 66)
      #expect(result.errors.contains(item.place), "\(result.errors)")
    }
    // `~` is that home too, and a broken file there is found.
    let tilde = try shell("export HOME=\(home); \"$0\" \"$@\"", ["runs", "list", "--store", "~/s.sqlite"])
    #expect(tilde.errors.contains(home + "/s.sqlite"), "\(tilde.errors)")
    try FileManager.default.createDirectory(atPath: home + "/.config/lorascope", withIntermediateDirectories: true)
    _ = try folder.write("nonsense\n", to: "home/.config/lorascope/keys.toml")
    let keys = try shell("unset XDG_CONFIG_HOME; export HOME=\(home); \"$0\" \"$@\"", ["--plain"])
    #expect(keys.status == 65, "\(keys.errors)")
    #expect(keys.errors.contains("keys.toml"))
  }

  /// What a person mistypes, or hands over, and what comes of it.
  @Test func statuses() throws {
    let folder = try TemporaryFolder()
    let store = ["--store", folder.path("store.sqlite")]
    let bytes = folder.path("bytes.toml")
    try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: bytes))
    try FileManager.default.createDirectory(atPath: folder.path("lorascope/themes"), withIntermediateDirectories: true)
    _ = try folder.write("nonsense = 7\n", to: "lorascope/themes/bad.toml")
    try FileManager.default.createDirectory(atPath: folder.path("report"), withIntermediateDirectories: true)
    let train = ["train", "--data", "medmcqa", "--targets", "qkv"] + store
    let sweep = ["sweep", "--data", "medmcqa", "--dry-run"] + store
    let cases: [(arguments: [String], status: Int32, says: [String])] = [
      (train + ["--steps", "-1"], 64, ["--steps must be from 1 to", "-1"]),
      (train + ["--lr", "-1e-3"], 64, ["--lr must be over 0"]), (train + ["--rank", "-8"], 64, ["--rank"]),
      (train + ["--dropout", "-.5"], 64, ["--dropout"]), (train + ["--stpes", "3"], 64, ["--steps"]),
      (train + ["--steps", "many"], 64, ["--steps", "many"]), (train + ["--seed", "-1"], 64, ["--seed", "-1"]),
      (sweep + ["--seeds", "0-"], 64, ["--seeds", "0-3"]), (sweep + ["--seeds", "3-1"], 64, ["--seeds"]),
      (sweep + ["--seeds", ","], 64, ["--seeds"]), (sweep + ["--seeds", "0-999999999"], 64, ["--seeds", "10000"]),
      (sweep + ["--seeds", "x"], 64, ["--seeds", "'x'"]), (sweep + ["--combinations", ";"], 64, ["--combinations"]),
      (["runs", "lst"] + store, 64, ["runs list"]), (["bench", "kernel"], 64, ["bench kernels"]),
      (["trian"], 64, ["train"]), (["sweep", bytes] + store, 65, ["UTF-8"]),
      (["sweep", folder.path("none.toml")] + store, 66, ["none.toml"]),
      (["--theme", "bad", "--plain"] + store, 65, ["bad.toml", "nonsense"]),
      (["--theme", "missing", "--plain"] + store, 66, ["missing"]),
      (["report", "--output", folder.path("report"), "--published"] + store, 73, ["--force"]),
      (["report", "--output", "/proc/no/report", "--published"] + store, 73, ["/proc/no/report"]),
      (["runs", "list", "--store", "/dev/null/x"], 66, ["/dev/null/x"]),
      (["recommend", "--scope", "nowhere", "--published"] + store, 64, ["nowhere"]),
      // What only the engine can know is a usage error all the same.
      (["train", "--data", "medmcqa", "--targets", "o_proj@99"] + store, 64, ["layer 99"]),
      (["train", "--data", "medmcqa", "--targets", "vision@99"] + store, 64, ["99"]),
      (sweep + ["--combinations", "o_proj@99"], 64, ["layer 99"]),
    ]
    for item in cases {
      let result = try Program.run(item.arguments, environment: ["XDG_CONFIG_HOME": folder.url.path])
      #expect(result.status == item.status, "\(item.arguments): \(result.errors)")
      for word in item.says { #expect(result.errors.contains(word), "\(item.arguments): \(result.errors)") }
      #expect(result.output.isEmpty, "\(item.arguments)")
    }
    // Commas join groups to one combination, which is said; who is named twice is there once.
    for (combinations, says) in [("qkv,o_proj", "is one combination, qkv+o_proj"), ("qkv;qkv", "1 combination ×")] {
      let plan = try Program.run(sweep + ["--combinations", combinations, "--no-baseline"])
      #expect(plan.status == 0 && (plan.errors + plan.output).contains(says), "\(plan.errors)\(plan.output)")
    }
    for seeds in ["0-3", "0..3", "0,1-2,3"] {
      let plan = try Program.run(sweep + ["--combinations", "qkv", "--seeds", seeds, "--json", "--no-baseline"])
      #expect(plan.status == 0, "\(plan.errors)")
      #expect(plan.errors.contains("4"), "\(plan.errors)")
    }
  }

  /// Here and on a cluster.
  @Test(arguments: [[], ["--cluster", "slurm", "--folder", "race", "--share-nodes"]])
  func aSearchThatIsOnlyPromisedIsOneObject(cluster: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(
      [
        "sweep", "--search", "--data", "medmcqa", "--combinations", "qkv;o_proj", "--steps", "4", "--no-latency",
        "--dry-run",
        "--json", "--store", folder.path("store.sqlite"),
      ] + cluster)
    #expect(result.status == 0, "\(result.errors)")
    let promise = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(promise?["combinations"] as? Int == 2, "\(result.output)")
  }

  @Test func aRunThatIsNamedTwiceIsOneRun() throws {
    let folder = try TemporaryFolder()
    let store = try trained(folder)
    let result = try Program.run(["runs", "delete", "1", "1"] + store)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "deleted #1\n")
  }

  /// Names of files, data and errors reach no terminal as commands.
  @Test func namesCannotCommandATerminal() throws {
    let folder = try TemporaryFolder()
    let name = "esc\u{1B}]0;PWN\u{7}\u{1B}[31m\u{202E}gpj\u{9B}.jsonl"
    let text = (0..<4).map { _ in
      "{\"prompt\":\"\\u001b[2J\\u009b1m\\u202eq\",\"completion\":\"\\u001b]52;c;aGk=\\u0007\"}\n"
    }
    let data = try folder.write(text.joined(), to: name)
    let store = ["--store", folder.path("store.sqlite")]
    let train = ["train", "--data", data, "--eval-share", "0.5", "--max-new-tokens", "2"] + store + Self.steps
    let plan = try folder.write("\"\\u001b]52;c;aGk=\\u0007\\u202e\" = 1\n", to: "plan.toml")
    let cases: [[String]] = [
      train, train, ["runs", "list"] + store, ["runs", "show", "1"] + store, ["runs", "compare", "1", "2"] + store,
      ["runs", "list", "--json"] + store, ["runs", "show", "1", "--json"] + store, ["data", "--data", data],
      ["data", "--data", data, "--json"], ["data", "--data", data + "\u{1B}[1m"], ["sweep", plan] + store,
      ["evaluate", "--data", data, "--examples", "1", "--max-new-tokens", "1"], ["--theme", "\u{1B}[1m"] + store,
      ["\u{1B}[1m"], ["train", "--\u{1B}[1m"], ["inspect", folder.path("\u{202E}")], ["--plain"] + store,
      ["report", "--output", folder.path("report")] + store, ["recommend"] + store,
    ]
    func harmful(_ text: String) -> Bool {
      text.unicodeScalars.contains { scalar in
        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t") || (0x7F..<0xA0).contains(scalar.value)
          || scalar == "\u{202E}"
      }
    }
    for arguments in cases {
      let result = try Program.run(arguments)
      #expect(!harmful(result.output), "\(arguments): \(result.output)")
      #expect(!harmful(result.errors), "\(arguments): \(result.errors)")
    }
    for file in ["report.md", "report.html", "report.json", "runs.csv", "cells.csv", "table.csv"] {
      let text = try String(contentsOfFile: folder.path("report/" + file), encoding: .utf8)
      #expect(!harmful(text.replacing("\r\n", with: "\n")), "\(file)")
      #expect(text.contains("PWN"), "\(file)")
    }
    // Another program gets the bytes.
    let ids = try Program.run(["tokenize"], input: "a\u{1B}[1m").output
    #expect(try Program.run(["tokenize", "--decode"], input: ids).output.contains("\u{1B}[1m"))
  }

  @Test func aFullDiskLeavesTheOldReport() throws {
    let folder = try TemporaryFolder()
    let output = folder.path("report")
    let first = try Program.run(["report", "--published", "--output", output])
    #expect(first.status == 0, "\(first.errors)")
    let before = try Data(contentsOf: URL(fileURLWithPath: output + "/report.html"))
    // A file may have 8 blocks of 1024 bytes and no more.
    let full = try shell(
      #"ulimit -f 8; trap '' XFSZ; "$0" "$@""#, ["report", "--published", "--force", "--output", output])
    #expect(full.status == 73 || full.status == 74, "\(full.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: output + "/report.html")) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: output).count == 7)
    let other = folder.path("other")
    let fresh = try shell(#"ulimit -f 8; trap '' XFSZ; "$0" "$@""#, ["report", "--published", "--output", other])
    #expect(fresh.status == 73 || fresh.status == 74, "\(fresh.errors)")
    #expect(!FileManager.default.fileExists(atPath: other))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["report"])
  }

  /// A person must learn where they look that a run waits, and why.
  @Test func aWaitIsSaid() throws {
    let folder = try TemporaryFolder()
    let data = try data(folder)
    // Where runs keep their files there is a file.
    _ = try folder.write("", to: "runs")
    let line =
      #""$0" "$@" & p=$!; for i in $(seq 300); do grep -q waits "$W" && break; sleep 0.1; done; kill $p; wait $p"#
    let errors = folder.path("said")
    let result = try shell(
      #"exec 2>"$W"; "# + line, ["train", "--data", data, "--store", folder.path("store.sqlite")] + Self.steps,
      environment: ["W": errors])
    #expect(result.status == 143)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(said.contains("waits at step"), "\(said)")
    #expect(said.components(separatedBy: "waits at step").count == 2, "\(said)")
  }
}
