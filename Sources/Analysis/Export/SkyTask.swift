import Foundation
import Messages
import Recipe

/// A study as a task of SkyPilot (docs.skypilot.co, *SkyPilot YAML*): one machine that builds the program from its sources, runs the plan
/// and leaves logs that `runs import` takes.
package struct SkyTask: Sendable {
  private let plan: SweepPlan
  /// Of the plan's file here.
  private let planPath: String
  private let name: String
  /// Where this text is written.
  private let file: String
  /// Bytes of the base in memory.
  private let baseBytes: Int

  /// - Parameter name: of the machine and of the task: letters, digits and hyphens.
  package init(_ plan: SweepPlan, planPath: String, file: String, name: String = "lorascope", baseBytes: Int) {
    (self.plan, self.planPath, self.file, self.name, self.baseBytes) = (plan, planPath, file, name, baseBytes)
  }

  /// Where the study lies on the machine.
  private static let place = "~/lorascope-study"

  /// Files and folders of this machine that the plan names: they are put at the same paths there.
  private var inputs: [String] {
    var paths: [String] = []
    if case .folder(let path) = plan.model { paths.append(path) }
    for part in plan.parts {
      switch part.data {
      case .task: break
      case .file(let path, let evaluation), .published(_, let path, let evaluation):
        paths.append(path)
        if case .file(let other) = evaluation { paths.append(other) }
      }
      paths += [part.settings.initialAdapter, part.settings.imageRoot].compactMap(\.self)
      if let template = part.settings.chatTemplate, template.hasPrefix("/") { paths.append(template) }
    }
    return paths.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private var usesPEFT: Bool { plan.parts.contains { $0.settings.engine == .peft } }
  private var needsGPU: Bool {
    plan.parts.contains { $0.settings.engine == .peft && $0.settings.device != .cpu }
  }

  /// Twice the base and two gibibytes, at least eight: a guess that a person may change.
  private var gibibytes: Int { max(8, 2 + 2 * Int((Double(baseBytes) / 1_073_741_824).rounded(.up))) }

  package var yaml: String {
    var lines = [
      "# A study of lorascope for SkyPilot, from the folder of lorascope's sources:",
      "#   sky launch -c \(name) \(OneLine.text(file)) --workdir .",
      "#   scp -r \(name):lorascope-study/logs . && lorascope runs import logs",
      "# The same again goes on where it was. What cpus, memory and accelerators ask for is yours to change.",
      "name: \(name)",
      "",
      "resources:",
      "  image_id: docker:swift:6.1-bookworm",
      "  cpus: 8+",
      "  memory: \(gibibytes)+",
    ]
    if needsGPU { lines.append("  accelerators: L4:1") }
    lines += ["", "file_mounts:", "  \(Self.place)/plan.toml: \(Self.quoted(planPath))"]
    lines += inputs.map { "  \(Self.quoted($0)): \(Self.quoted($0))" }
    lines += ["", "setup: |", "  set -e", "  scripts/run --version"]
    if usesPEFT {
      lines += [
        "  apt-get install -y -qq python3-venv", "  python3 -m venv ~/peft",
        "  ~/peft/bin/pip install -q torch transformers peft",
      ]
    }
    lines += ["", "run: |", "  set -e"]
    // Where the plan names no interpreter, `python3` of the search path is this one.
    if usesPEFT { lines.append("  export PATH=~/peft/bin:$PATH") }
    lines += [
      "  .build/release/lorascope sweep \(Self.place)/plan.toml --store \(Self.place)/store.sqlite",
      "  .build/release/lorascope runs export-log --store \(Self.place)/store.sqlite --output \(Self.place)/logs",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// YAML's double quotes take JSON's texts.
  private static func quoted(_ text: String) -> String {
    if !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/._-~".contains($0)) }),
      text.first?.isLetter == true || text.hasPrefix("/")
    {
      return text
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
