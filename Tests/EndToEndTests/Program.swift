import Foundation

/// The built executable, run as a person would run it.
enum Program {
  /// Beside the test bundle, wherever that was built.
  static var executable: String {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (bundle as NSString).deletingLastPathComponent + "/lorascope"
  }

  struct Result {
    var status: Int32
    var output: String
    var errors: String

    /// The one JSON object on standard output.
    func json() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
      guard let object = value as? [String: Any] else { throw Unexpected("no JSON object: \(output.prefix(200))") }
      return object
    }
  }

  /// - Parameter limit: of the shell's `ulimit`, such as `-v 3000000`.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], limit: String? = nil
  ) throws -> Result {
    let folder = try TemporaryFolder()
    // No test goes by the store and the options of whoever runs it.
    let own = ["data", "config", "state"].map { ("XDG_\($0.uppercased())_HOME", folder.path($0)) }
    let process = start(
      arguments, environment: Dictionary(uniqueKeysWithValues: own).merging(environment) { $1 })
    if let limit {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit \(limit) && exec \"$0\" \"$@\"", executable] + arguments
    }
    let inputPipe = Pipe()
    let outputFile = folder.path("output")
    let errorFile = folder.path("errors")
    // Files, not pipes: a full pipe would stop the program that is being tested.
    _ = FileManager.default.createFile(atPath: outputFile, contents: nil)
    _ = FileManager.default.createFile(atPath: errorFile, contents: nil)
    process.standardInput = inputPipe
    process.standardOutput = FileHandle(forWritingAtPath: outputFile)
    process.standardError = FileHandle(forWritingAtPath: errorFile)
    try process.run()
    inputPipe.fileHandleForWriting.write(Data(input.utf8))
    try inputPipe.fileHandleForWriting.close()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try String(contentsOfFile: outputFile, encoding: .utf8),
      errors: try String(contentsOfFile: errorFile, encoding: .utf8))
  }

  /// A process that is not started yet.
  static func start(_ arguments: [String], environment: [String: String] = [:]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }
}
