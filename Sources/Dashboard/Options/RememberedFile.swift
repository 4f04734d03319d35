import Foundation
import TOMLKit
import TOMLText

/// What was chosen while the dashboard ran, for its next start: a file in the state folder, so that `config.toml` stays a person's own.
///
/// Beside each choice stands what `config.toml` said then. Where that says something else now, a person has decided since, and the file
/// wins over what is remembered.
package struct RememberedFile: Sendable, Equatable {
  /// By option: the choice, and what `config.toml` said.
  private var chosen: [String: String] = [:]
  private var configured: [String: String] = [:]
  /// Sizes of panes by seam, in cells from where the seam is of itself.
  package private(set) var sizes: [String: Int] = [:]
  /// What screens remember besides: `DashboardState.memory`.
  package private(set) var memory: [String: String] = [:]

  package init() {}

  package init(state: DashboardState, configuration: DashboardSettings) {
    let now = state.settings
    // Who wants nothing remembered wants that remembered.
    for field in OptionField.all where field.isRemembered && (now.remember || field.name == "remember") {
      let value = field.get(now)
      let usual = field.get(configuration)
      guard value != usual else { continue }
      chosen[field.name] = value
      configured[field.name] = usual
    }
    guard now.remember else { return }
    sizes = state.sizes
    memory = state.memory
    memory[RunsTableMemory.key] = state.runsMemory.besideOptions
  }

  /// What is remembered of a file; nothing where there is none, or one that cannot be read: no choice is worth a question.
  package init(reading url: URL) {
    guard let text = try? TOMLText.contents(of: url.path), let table = try? TOMLText.table(text) else { return }
    chosen = Self.strings(table["chosen"])
    configured = Self.strings(table["config"])
    memory = Self.strings(table["memory"])
    for (seam, value) in Self.strings(table["sizes"]) {
      if let cells = Int(value), (-1000...1000).contains(cells) { sizes[seam] = cells }
    }
  }

  /// The settings of `config.toml` with what is remembered.
  package func applied(to configuration: DashboardSettings) -> DashboardSettings {
    var settings = configuration
    for field in OptionField.all where field.isRemembered {
      guard let value = chosen[field.name], configured[field.name] == field.get(configuration) else { continue }
      _ = field.set(value, in: &settings)
    }
    return settings
  }

  package var text: String {
    func table(_ name: String, _ values: [String: String]) -> String {
      guard !values.isEmpty else { return "" }
      let lines = values.sorted { $0.key < $1.key }.map {
        "\(TOMLPlaces.quoted($0.key)) = \(TOMLPlaces.quoted($0.value))\n"
      }
      return "\n[\(name)]\n" + lines.joined()
    }
    return "# Written by lorascope when its dashboard ends; config.toml is the place for what is to stay.\n"
      + table("chosen", chosen) + table("config", configured) + table("sizes", sizes.mapValues { String($0) })
      + table("memory", memory)
  }

  /// Writes the file whole or not at all; that it cannot be written costs a choice and nothing else.
  package func write(to url: URL) {
    let folder = url.deletingLastPathComponent()
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? text.write(to: url, atomically: true, encoding: .utf8)
  }

  private static func strings(_ value: (any TOMLValueConvertible)?) -> [String: String] {
    guard let table = value?.table else { return [:] }
    var strings: [String: String] = [:]
    for key in table.keys { strings[key] = table[key]?.string }
    return strings
  }
}
