import Foundation
import Recipe

/// What another program has answered.
package struct ProgramAnswer: Hashable, Sendable {
  package var status: Int32
  package var output: String
  package var errors: String

  package init(status: Int32, output: String, errors: String = "") {
    (self.status, self.output, self.errors) = (status, output, errors)
  }

  /// What it complained of, in one line: the last line that it wrote on standard error, else on standard output.
  package var complaint: String {
    let lines = (errors + "\n" + output).split(whereSeparator: \.isNewline).map(String.init)
    let own = errors.split(whereSeparator: \.isNewline).last.map(String.init)
    return OneLine.text(own ?? lines.last ?? "it ended with status \(status)")
  }
}

/// Calls of other programs; the one place in which processes are started for a cluster.
package enum ProgramCall {
  /// Where a program is on the search path; nil where it is not.
  package static func path(of name: String, searching path: String? = ProcessInfo.processInfo.environment["PATH"])
    -> String?
  {
    (path ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end. No thread of the cooperative pool waits for it.
  ///
  /// - Throws: `Refusal` (69) where there is no such program.
  package static func run(_ name: String, _ arguments: [String]) async throws -> ProgramAnswer {
    guard let path = path(of: name) else {
      throw Refusal(
        "there is no \(name) here: a cluster's studies are begun where Slurm's programs are, on its login node",
        exitStatus: 69)
    }
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try wait(path, arguments) }) }
    }
  }

  private static func wait(_ path: String, _ arguments: [String]) throws -> ProgramAnswer {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    // Words and times as they are read below, whatever a person's language is.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "LC_ALL": "C", "SLURM_TIME_FORMAT": "standard",
    ]) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch {
      throw Refusal("cannot start \(path): \(error.localizedDescription)", exitStatus: 69)
    }
    // Both at once: a full pipe would stop the program.
    let reading = Reading(errors.fileHandleForReading)
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = reading.end()
    process.waitUntilExit()
    return ProgramAnswer(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: complaints, as: UTF8.self))
  }

  /// `@unchecked Sendable`: the data is written before the semaphore is signalled and read after it was waited for.
  private final class Reading: @unchecked Sendable {
    private var data = Data()
    private let isOver = DispatchSemaphore(value: 0)

    init(_ handle: FileHandle) {
      DispatchQueue.global().async { [self] in
        data = handle.readDataToEndOfFile()
        isOver.signal()
      }
    }

    func end() -> Data {
      isOver.wait()
      return data
    }
  }
}
