import Foundation
import TOMLKit
import TOMLText

extension Theme {
  /// Reads a theme file. Missing keys inherit from `base`; an unknown key or value is an error with its line.
  /// - Throws: `ThemeError`.
  public static func load(from url: URL, base: Theme = .night) throws(ThemeError) -> Theme {
    let text: String
    do { text = try TOMLText.contents(of: url.path) } catch {
      throw ThemeError(file: url.path, line: error.line, reason: error.reason)
    }
    let fallback = url.deletingPathExtension().lastPathComponent
    return try parse(text, file: url.path, fallbackName: fallback, base: base)
  }

  /// Reads a theme from text; `file` names it in errors.
  public static func parse(
    _ text: String, file: String, fallbackName: String = "", base: Theme = .night
  ) throws(ThemeError) -> Theme {
    let table: TOMLTable
    do { table = try TOMLText.table(text) } catch {
      throw ThemeError(file: file, line: error.line, reason: error.reason)
    }
    var theme = base
    theme.name = fallbackName.isEmpty ? base.name : fallbackName
    theme.isColorblindSafe = false
    for name in table.keys {
      let line = TOMLPlaces.line(of: name, in: text)
      guard let value = table[name] else { continue }
      switch name {
      case "name":
        guard let string = value.string else {
          throw ThemeError(file: file, line: line, reason: "`name` must be a string")
        }
        theme.name = string
      case "colorblind_safe":
        guard let flag = value.bool else {
          throw ThemeError(file: file, line: line, reason: "`colorblind_safe` must be true or false")
        }
        theme.isColorblindSafe = flag
      default:
        guard let key = ThemeKey(rawValue: name) else {
          throw ThemeError(file: file, line: line, reason: "unknown key `\(name)`\(ThemeError.suggestion(name))")
        }
        theme[key] = try color(value, key: key, inherited: base[key], file: file, line: line)
      }
    }
    return theme
  }

  /// The themes of these folders (`*.toml`), the first of a name winning, with the built-in one first. Files with errors are left out
  /// of the list; `ThemeFolder.contents` says what is wrong with them.
  public static func available(in folders: [URL]) -> [Theme] { ThemeFolder.contents(of: folders).map(\.theme) }

  /// The theme of a file's name without ending, or of its own name; the built-in one for `night`.
  /// - Throws: `ThemeError`, also when no folder has it.
  public static func named(_ name: String, in folders: [URL]) throws(ThemeError) -> Theme {
    try ThemeFolder.theme(named: name, in: folders).theme
  }

  private static func color(
    _ value: any TOMLValueConvertible, key: ThemeKey, inherited: ThemeColor, file: String, line: Int?
  ) throws(ThemeError) -> ThemeColor {
    if let string = value.string {
      return ThemeColor(color: try parseColor(string, key: key, file: file, line: line))
    }
    guard let table = value.table else {
      throw ThemeError(
        file: file, line: line,
        reason: "`\(key.rawValue)` must be \"#rrggbb\", \"default\" or a table with rgb, c16 and mono")
    }
    var color = ThemeColor(color: inherited.color)
    for level in table.keys {
      guard let string = table[level]?.string else {
        throw ThemeError(file: file, line: line, reason: "`\(key.rawValue).\(level)` must be a string")
      }
      switch level {
      case "rgb": color.color = try parseColor(string, key: key, file: file, line: line)
      case "c16":
        guard let entry = Palette16(rawValue: string) else {
          let names = Palette16.allCases.map(\.rawValue).joined(separator: ", ")
          throw ThemeError(
            file: file, line: line, reason: "`\(key.rawValue).c16` is \"\(string)\"; it must be one of \(names)")
        }
        color.c16 = entry
      case "mono":
        guard let attribute = MonoAttribute(rawValue: string) else {
          let names = MonoAttribute.allCases.map(\.rawValue).joined(separator: ", ")
          throw ThemeError(
            file: file, line: line, reason: "`\(key.rawValue).mono` is \"\(string)\"; it must be one of \(names)")
        }
        color.mono = attribute
      default:
        throw ThemeError(
          file: file, line: line, reason: "unknown level `\(key.rawValue).\(level)`; there are rgb, c16 and mono")
      }
    }
    return color
  }

  private static func parseColor(
    _ text: String, key: ThemeKey, file: String, line: Int?
  ) throws(ThemeError) -> ThemeColor.Value {
    if text == "default" {
      // Blends need numbers at both ends.
      if key == .heatLo || key == .heatHi {
        throw ThemeError(file: file, line: line, reason: "`\(key.rawValue)` needs \"#rrggbb\": gradients are computed")
      }
      return .default
    }
    guard let rgb = RGB(hex: text) else {
      throw ThemeError(
        file: file, line: line, reason: "`\(key.rawValue)` is \"\(text)\"; it must be \"#rrggbb\" or \"default\"")
    }
    return .rgb(rgb)
  }
}

/// What is wrong with a theme file: where, what, and what would be right.
public struct ThemeError: Error, Equatable, CustomStringConvertible {
  public var file: String
  /// From 1; nil when the file as a whole cannot be read.
  public var line: Int?
  public var reason: String
  /// No theme of that name was found, rather than a wrong one.
  public var isMissing = false

  public init(file: String, line: Int?, reason: String, isMissing: Bool = false) {
    self.file = file
    self.line = line
    self.reason = reason
    self.isMissing = isMissing
  }

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}

extension ThemeError {
  /// `; did you mean x?` for a key that is at most two edits away from a known one.
  fileprivate static func suggestion(_ name: String) -> String {
    let known = ThemeKey.allCases.map(\.rawValue) + ["name", "colorblind_safe"]
    guard let near = Spelling.nearest(name, among: known) else {
      return "; the keys are \(known.joined(separator: ", "))"
    }
    return "; did you mean `\(near)`?"
  }
}
