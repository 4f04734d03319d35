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
      let line = ThemeLines.line(of: name, in: text)
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
          throw ThemeError(file: file, line: line, reason: "unknown key `\(name)`\(ThemeLines.suggestion(name))")
        }
        theme[key] = try color(value, key: key, inherited: base[key], file: file, line: line)
      }
    }
    return theme
  }

  /// The themes of these folders (`*.toml`), the first of a name winning, with the built-in one first. Files with errors are left out
  /// of the list; `load` says what is wrong with them.
  public static func available(in folders: [URL]) -> [Theme] {
    var themes: [Theme] = []
    var seen: Set<String> = []
    for folder in folders {
      // A linked folder is as good as another.
      let real = folder.resolvingSymlinksInPath()
      let files = (try? FileManager.default.contentsOfDirectory(at: real, includingPropertiesForKeys: nil)) ?? []
      for file in files.sorted(by: { $0.lastPathComponent < $1.lastPathComponent })
      where file.pathExtension == "toml" {
        guard let theme = try? load(from: file), seen.insert(theme.name.lowercased()).inserted else { continue }
        themes.append(theme)
      }
    }
    if seen.insert(Theme.night.name.lowercased()).inserted { themes.insert(.night, at: 0) }
    return themes
  }

  /// The file of a theme by its file name without ending, or the built-in one for `night`.
  /// - Throws: `ThemeError`, also when no folder has it.
  public static func named(_ name: String, in folders: [URL]) throws(ThemeError) -> Theme {
    for folder in folders {
      let file = folder.appendingPathComponent(name.lowercased() + ".toml")
      if FileManager.default.fileExists(atPath: file.path) { return try load(from: file) }
    }
    if let theme = available(in: folders).first(where: { $0.name.lowercased() == name.lowercased() }) { return theme }
    let names = available(in: folders).map(\.name).joined(separator: ", ")
    throw ThemeError(file: "theme `\(name)`", line: nil, reason: "not found; there are: \(names)")
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

  public init(file: String, line: Int?, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}

/// Lines of keys in a theme file, for error messages: the parser keeps no positions of what it accepted.
enum ThemeLines {
  /// The line (from 1) on which a top-level key or its table begins.
  static func line(of key: String, in text: String) -> Int? {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var rest = line.drop(while: { $0 == " " || $0 == "\t" })
      if rest.first == "[" { rest = rest.dropFirst().drop(while: { $0 == " " }) }
      if let quote = rest.first, quote == "\"" || quote == "'" { rest = rest.dropFirst() }
      guard rest.hasPrefix(key) else { continue }
      // The key must end here: `ok` is not `okay`.
      guard let next = rest.dropFirst(key.count).first else { continue }
      if " \t=.]\"'".contains(next) { return index + 1 }
    }
    return nil
  }

  /// `; did you mean x?` for a key that is at most two edits away from a known one.
  static func suggestion(_ name: String) -> String {
    let known = ThemeKey.allCases.map(\.rawValue) + ["name", "colorblind_safe"]
    let near = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= 2 else { return "; the keys are \(known.joined(separator: ", "))" }
    return "; did you mean `\(near.0)`?"
  }

  /// Levenshtein's edit distance.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, character) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let substitution = diagonal + (character == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
