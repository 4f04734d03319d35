import Foundation
import Kernels

/// What speeds depend on besides the program: a measurement made elsewhere says nothing here.
package enum Machine {
  /// Processor and instruction set.
  package static let identity = "\(processor), \(InstructionSet.current.rawValue)"

  /// Bytes that could be allocated without swapping; nil where the system does not tell.
  static var availableMemory: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
    return value("MemAvailable", in: text).flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
      .map { $0 * 1024 }
  }

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return value("model name", in: text) ?? value("CPU part", in: text) ?? "processor"
  }

  /// What stands after the colon of the first line that begins with a name.
  package static func value(_ name: String, in text: String) -> String? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let colon = line.firstIndex(of: ":")
    else { return nil }
    return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  }
}
