import Cluster
import Foundation
import Recipe
import Testing

@Suite struct JobScriptTests {
  private func script(_ change: (inout ClusterOptions) -> Void, folder: String = "/shared/study") -> String {
    var options = ClusterOptions()
    change(&options)
    return JobScript(options: options, program: "/shared/bin/lorascope", folder: folder).text
  }

  @Test func itAsksForWhatWasAskedFor() {
    let text = script {
      $0.partition = "cpu"
      $0.account = "lab"
      $0.time = "4:00:00"
      $0.cpus = 16
      $0.memory = "8G"
      $0.constraint = "avx512&ib"
    }
    let lines = text.split(separator: "\n")
    for line in [
      "#SBATCH --partition=cpu", "#SBATCH --account=lab", "#SBATCH --time=4:00:00", "#SBATCH --cpus-per-task=16",
      "#SBATCH --mem=8G", "#SBATCH --constraint=avx512&ib", "#SBATCH --requeue", "#SBATCH --open-mode=append",
      "#SBATCH --signal=B:USR1@120",
    ] {
      #expect(lines.contains(Substring(line)), "\(line)")
    }
    #expect(lines.first == "#!/bin/bash" && !text.contains("--exclusive"))
    #expect(lines.last == #"exec "$program" cluster-task "$folder" "$((${1:-0} + SLURM_ARRAY_TASK_ID))""#)
  }

  /// Slurm tells at once who would be told before it began.
  @Test func whoHasLittleTimeIsToldLate() {
    for (time, seconds, warning) in [
      ("1", 60, 10), ("2", 120, 20), ("5:30", 330, 55), ("12", 720, 120), ("1:00:00", 3600, 120), ("0:30", 30, 10),
      ("1-0", 86_400, 120), ("0-0:3", 180, 30), ("2-1:2:3", 176_523, 120), ("0:1:30", 90, 15),
    ] {
      let text = script { $0.time = time }
      #expect(text.contains("#SBATCH --signal=B:USR1@\(warning)\n"), "\(time)")
      var options = ClusterOptions()
      options.time = time
      #expect(options.timeSeconds == seconds, "\(time)")
    }
    for time in ["UNLIMITED", "infinite", "-1", "1:2:3:4", "1-", "x-1", "1:", ":", "99999999999999999999"] {
      #expect(script { $0.time = time }.contains("USR1@120\n"), "\(time)")
    }
  }

  @Test func itSaysNothingThatNobodyAskedFor() {
    let text = script { $0.isExclusive = true }
    #expect(text.contains("#SBATCH --exclusive\n"))
    for word in ["partition", "account", "time", "cpus-per-task", "mem", "constraint"] {
      #expect(!text.contains("--\(word)="))
    }
  }

  /// Run by a shell, the script finds a folder with any name.
  @Test func namesAreQuoted() throws {
    let place = FileManager.default.temporaryDirectory.appending(
      path: "it's a $(touch /tmp/x) \"study\" \(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    try Data("{}".utf8).write(to: place.appending(path: "study.json"))
    let file = place.appending(path: "array.sh")
    // In the place of the program, what says how it was called.
    try JobScript(options: ClusterOptions(), program: "/bin/echo", folder: place.path).text.write(
      to: file, atomically: true, encoding: .utf8)
    #expect(try run(file, ["1000"], index: "7") == (0, "cluster-task \(place.path) 1007\n"))
    #expect(try run(file, [], index: "7") == (0, "cluster-task \(place.path) 7\n"))
    try FileManager.default.removeItem(at: place.appending(path: "study.json"))
    #expect(try run(file, ["0"], index: "7").status == 73)
  }

  @Test func aMissingProgramIsSaid() throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "lorascope-script-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    try Data("{}".utf8).write(to: place.appending(path: "study.json"))
    let file = place.appending(path: "array.sh")
    try JobScript(options: ClusterOptions(), program: "/nowhere/lorascope", folder: place.path).text.write(
      to: file, atomically: true, encoding: .utf8)
    #expect(try run(file, ["0"], index: "0").status == 69)
  }

  private func run(_ file: URL, _ arguments: [String], index: String) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [file.path] + arguments
    process.environment = ["SLURM_ARRAY_TASK_ID": index, "PATH": "/usr/bin:/bin"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func percentSignsInAFolderAreNoPattern() {
    #expect(JobScript.output(in: "/a/50%/b") == "/a/50%%/b/slurm/%A_%a.out")
  }

  @Test func wordsThatWouldBeMoreThanOneOptionAreRefused() {
    for bad in ["a b", "-x", "", "a\n#SBATCH --uid=0", "a;b", "$(id)"] {
      var options = ClusterOptions()
      options.partition = bad
      #expect(throws: Refusal.self) { try options.check() }
    }
    var options = ClusterOptions()
    (options.partition, options.account, options.constraint) = ("cpu-long_2", "lab.7", "[rack1|rack2]&avx512")
    #expect(throws: Never.self) { try options.check() }
  }

  @Test func memoryIsReadAsSlurmReadsIt() throws {
    func bytes(_ text: String) throws -> Int? {
      var options = ClusterOptions()
      options.memory = text
      return try options.memoryBytes()
    }
    #expect(try bytes("8G") == 8 << 30)
    #expect(try bytes("512") == 512 << 20)
    #expect(try bytes("2048k") == 2 << 20)
    for bad in ["", "G", "8X", "-1G", "0", "99999999999999T", "1.5G"] {
      #expect(throws: Refusal.self) { _ = try bytes(bad) }
    }
  }
}
