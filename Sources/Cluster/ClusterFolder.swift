import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder on a file system that all nodes share: the study, its job script, and what its tasks write.
///
/// Every file in it has one writer at a time and is replaced in one step, or only grows: no database lies in it, since locks of
/// network file systems do not hold.
package struct ClusterFolder: Hashable, Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  package var study: URL { url.appending(path: "study.json") }
  package var script: URL { url.appending(path: "array.sh") }
  /// The sweep as a person's plan, where it can be written as one.
  package var plan: URL { url.appending(path: "plan.toml") }
  private var submissionsFile: URL { url.appending(path: "jobs.jsonl") }
  private var tasks: URL { url.appending(path: "tasks", directoryHint: .isDirectory) }
  /// Logs of one task's runs, with their adapters and checkpoints.
  package func logs(of task: Int) -> URL {
    url.appending(path: "logs", directoryHint: .isDirectory)
      .appending(path: Self.name(task), directoryHint: .isDirectory)
  }

  private func status(of task: Int) -> URL { tasks.appending(path: Self.name(task) + ".json") }

  /// What a task has printed.
  package func output(_ task: ArrayTask) -> URL { url.appending(path: "slurm/\(task.job)_\(task.index).out") }

  private static func name(_ task: Int) -> String {
    let digits = String(task)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  // MARK: The study

  /// It has a study.
  package var isOne: Bool { FileManager.default.fileExists(atPath: study.path) }

  /// Refuses a folder that has a study already.
  package func requireNew() throws(Refusal) {
    guard !isOne, !ClusterSearchFolder(url).isOne else {
      throw Refusal(
        "\(OneLine.text(url.path)) holds a study already: --follow shows it, --resubmit runs what is missing of it; "
          + "name another --folder for a new one", exitStatus: 73)
    }
  }

  package func make() throws(Refusal) {
    for folder in [url, tasks, url.appending(path: "slurm"), url.appending(path: "logs")] {
      do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
        throw Refusal(
          "cannot create the folder \(OneLine.text(folder.path)): \(error.localizedDescription); name another with --folder",
          exitStatus: 73)
      }
    }
  }

  package func write(script text: String) throws(Refusal) {
    try Self.save(Data(text.utf8), to: script)
    do { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path) } catch {
      throw Refusal(
        "cannot make \(OneLine.text(script.path)) executable: \(error.localizedDescription)", exitStatus: 73)
    }
  }

  /// Last: who finds it finds a whole folder.
  package func write(_ study: ClusterStudy) throws(Refusal) { try Self.write(study, to: self.study) }

  /// - Throws: `Refusal` for a folder without a study, and for one that is damaged or of a later version.
  package func readStudy() throws(Refusal) -> ClusterStudy {
    guard let data = try? Data(contentsOf: study) else {
      throw Refusal(
        "\(OneLine.text(url.path)) is no cluster folder: it has no study.json, which `sweep --cluster slurm` writes",
        exitStatus: 66)
    }
    struct Kind: Decodable {
      var study: String
      var version: Int
    }
    guard let kind = try? JSONDecoder().decode(Kind.self, from: data), kind.study == ClusterStudy.kind else {
      throw Refusal("\(OneLine.text(study.path)) is no cluster's study: name another --folder", exitStatus: 65)
    }
    guard kind.version <= ClusterStudy.present else {
      throw Refusal(
        "\(OneLine.text(study.path)) is of version \(kind.version), and this lorascope reads up to \(ClusterStudy.present): "
          + "update this one", exitStatus: 65)
    }
    guard let study = try? JSONDecoder().decode(ClusterStudy.self, from: data), study.isWhole else {
      throw Refusal(
        "\(OneLine.text(self.study.path)) is damaged: submit the study again into another folder", exitStatus: 65)
    }
    return study
  }

  // MARK: Submissions

  package func add(_ submission: ClusterSubmission) throws(Refusal) {
    var bytes = try Self.encode(submission)
    bytes.append(UInt8(ascii: "\n"))
    let descriptor = open(submissionsFile.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    let count = descriptor < 0 ? -1 : bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
    let code = errno
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
    guard count == bytes.count else {
      throw Refusal(
        "job \(submission.job) was submitted, and \(OneLine.text(submissionsFile.path)) cannot be written "
          + "(\(String(cString: strerror(code)))): end it with scancel \(submission.job)", exitStatus: 74)
    }
  }

  /// In their order; a torn line is left out.
  package func submissions() -> [ClusterSubmission] {
    guard let data = try? Data(contentsOf: submissionsFile) else { return [] }
    return data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(ClusterSubmission.self, from: $0)
    }
  }

  // MARK: Tasks

  package func write(_ status: TaskStatus) throws(Refusal) {
    try Self.write(status, to: self.status(of: status.task))
  }

  /// Nil for a task that has not begun.
  package func readStatus(of task: Int) -> TaskStatus? {
    guard let data = try? Data(contentsOf: status(of: task)) else { return nil }
    return try? JSONDecoder().decode(TaskStatus.self, from: data)
  }

  package func statuses(_ study: ClusterStudy) -> [Int: TaskStatus] {
    var found: [Int: TaskStatus] = [:]
    for task in study.tasks.indices { found[task] = readStatus(of: task) }
    return found
  }

  // MARK: Writing

  static func write(_ value: some Encodable, to file: URL) throws(Refusal) { try save(encode(value), to: file) }

  private static func encode(_ value: some Encodable) throws(Refusal) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return try encoder.encode(value) } catch {
      throw Refusal("cannot write a part of the study as JSON: \(error)", exitStatus: 70)
    }
  }

  private static func save(_ data: Data, to file: URL) throws(Refusal) {
    do { try data.write(to: file, options: .atomic) } catch {
      throw Refusal("cannot write \(OneLine.text(file.path)): \(error.localizedDescription)", exitStatus: 73)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
