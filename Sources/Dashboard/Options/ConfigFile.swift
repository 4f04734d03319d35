import Foundation
import TOMLKit
import TOMLText

/// `config.toml`: the options that a person sets for good.
///
/// ```toml
/// theme = "Nord"
/// smoothing = 0.6
/// bell = true
/// ```
package enum ConfigFile {
  /// What the file sets; for what is wrong with it the defaults stand, and each fault is one line.
  package static func read(_ url: URL) -> (settings: DashboardSettings, faults: [ConfigFault]) {
    let text: String
    do { text = try TOMLText.contents(of: url.path) } catch {
      // That there is none is no fault.
      let isThere = FileManager.default.fileExists(atPath: url.path)
      return (DashboardSettings(), isThere ? [ConfigFault(file: url.path, line: error.line, reason: error.reason)] : [])
    }
    return read(text, file: url.path)
  }

  /// The same from text; `file` names it in faults.
  package static func read(_ text: String, file: String) -> (settings: DashboardSettings, faults: [ConfigFault]) {
    var settings = DashboardSettings()
    let table: TOMLTable
    do { table = try TOMLText.table(text) } catch {
      let reason = error.reason + "; the defaults are used"
      return (settings, [ConfigFault(file: file, line: error.line, reason: reason)])
    }
    var faults: [ConfigFault] = []
    for name in table.keys {
      func fault(_ reason: String) {
        faults.append(ConfigFault(file: file, line: TOMLPlaces.line(of: name, in: text), reason: reason))
      }
      guard let field = OptionField.named(name) else {
        let known = OptionField.all.map(\.name)
        let near = Spelling.nearest(name, among: known).map { "did you mean `\($0)`?" }
        fault("there is no option `\(name)`; \(near ?? "there are \(known.joined(separator: ", "))")")
        continue
      }
      guard let value = table[name], let written = words(value) else {
        fault("`\(name)` takes one value; the default, \(quoted(field)), is used")
        continue
      }
      if let reason = field.set(written, in: &settings) {
        fault("`\(name)` is \(TOMLPlaces.quoted(written)); \(reason); the default, \(quoted(field)), is used")
      }
    }
    return (settings, faults.sorted { ($0.line ?? 0, $0.reason) < ($1.line ?? 0, $1.reason) })
  }

  private static func quoted(_ field: OptionField) -> String { "\"\(field.get(DashboardSettings()))\"" }

  /// A value as options take it; nil for a list, a table or a date.
  private static func words(_ value: any TOMLValueConvertible) -> String? {
    if let flag = value.bool { return flag ? "true" : "false" }
    if let number = value.int { return String(number) }
    if let number = value.double { return String(number) }
    return value.string
  }
}

/// What is wrong with a file of options: one line.
package struct ConfigFault: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  package var line: Int?
  package var reason: String

  package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
