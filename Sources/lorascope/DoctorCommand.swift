import ArgumentParser
import Engine
import Foundation
import Recipe
import Text

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Whether a Python has what --engine peft needs, with versions.",
    discussion: """
      Exit status 0 where runs of the PEFT engine can begin, 69 where something is missing. Nothing is installed and nothing \
      else of the program needs Python.
      """)

  @Option(help: .setting("python", "path")) var python: String?
  @OptionGroup var json: JSONFlag

  func run() async throws {
    let environment = try PEFTEnvironment.of(python.map(TrainingFlags.interpreter))
    let report = DoctorReport(environment)
    if json.json { try JSONOutput.print(report) } else { print(report.text) }
    if let problem = report.problem { throw CommandError(problem, status: 69) }
  }
}

/// What `doctor` says of one Python.
struct DoctorReport: Encodable {
  struct Package: Encodable {
    var name: String
    /// Nil where it is missing.
    var version: String?
    /// The version with which the engine was tried; nil of what is not needed.
    var tried: String?
    var note: String
  }

  struct GPU: Encodable {
    var name: String
    var bytes: Int
  }

  var python: String
  var version: String
  var packages: [Package]
  var gpus: [GPU]
  var fits: Bool
  /// The first thing that keeps runs from beginning.
  var problem: String?

  init(_ environment: PEFTEnvironment) {
    python = OneLine.text(environment.executable)
    version = OneLine.text(environment.version)
    packages = PEFTEnvironment.tried.map { name, tried in
      let version = environment.packages[name].map(OneLine.text)
      let broken = environment.problems.first { $0.hasPrefix("\(name):") }.map(OneLine.text)
      return Package(
        name: name, version: version, tried: tried, note: broken ?? Self.note(version, tried: tried))
    }
    let bits = environment.packages["bitsandbytes"].map(OneLine.text)
    packages.append(
      Package(
        name: "bitsandbytes", version: bits, tried: nil,
        note: bits == nil ? "missing; only --load-in 4bit needs it" : "for --load-in 4bit, which was never tried"))
    gpus = environment.gpus.map { GPU(name: OneLine.text($0.name), bytes: $0.bytes) }
    do {
      try environment.check()
    } catch {
      problem = error.description
    }
    fits = problem == nil
  }

  private static func note(_ version: String?, tried: String) -> String {
    guard let version else { return "missing" }
    // 2.13.0+cpu is 2.13.0.
    let plain = version.prefix { $0 != "+" }
    if plain == tried { return "as tried" }
    return (plain.compare(tried, options: .numeric) == .orderedAscending ? "older" : "newer")
      + " than the tried \(tried)"
  }

  var text: String {
    var lines = ["\(python), Python \(version)"]
    let width = packages.map(\.name.count).max() ?? 0
    for package in packages {
      let name = package.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let version = (package.version ?? "–").padding(toLength: 14, withPad: " ", startingAt: 0)
      lines.append("  \(name)  \(version)  \(package.note)")
    }
    for (index, gpu) in gpus.enumerated() {
      lines.append(String(format: "  cuda:%d  %@, %.0f GiB", index, gpu.name, Double(gpu.bytes) / 1_073_741_824))
    }
    if gpus.isEmpty { lines.append("  torch sees no GPU: --device auto is the processor") }
    if fits { lines.append("runs of --engine peft can begin") }
    return lines.joined(separator: "\n")
  }
}
