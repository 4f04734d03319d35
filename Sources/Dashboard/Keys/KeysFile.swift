import Foundation
import TOMLKit
import TOMLText
import Terminal

/// A person's own keys: a table for each context, in it an action's name with a key or a list of keys, which take the place of
/// the action's standard keys there.
///
/// ```toml
/// [runs]
/// pause = "F5"
/// mark = ["Space", "x"]
/// ```
package enum KeysFile {
  /// - Throws: `KeysFileError` for what is no file, no context, no action, no key, or a key that would mean two things.
  package static func keymap(from url: URL) throws -> Keymap {
    let text: String
    do { text = try TOMLText.contents(of: url.path) } catch {
      throw KeysFileError(file: url.path, line: error.line, reason: error.reason)
    }
    return try keymap(text, file: url.path)
  }

  /// The same from text; `file` names it in errors.
  package static func keymap(_ text: String, file: String, standard: Keymap = .standard) throws -> Keymap {
    let table: TOMLTable
    do { table = try TOMLText.table(text) } catch {
      throw KeysFileError(file: file, line: error.line, reason: error.reason)
    }
    var bindings = standard.bindings
    for name in table.keys.sorted() {
      func refuse(_ key: String?, _ reason: String) -> KeysFileError {
        KeysFileError(file: file, line: line(of: key, under: name, in: text), reason: reason)
      }
      guard let context = KeyContext(rawValue: name), let entries = table[name]?.table else {
        let contexts = KeyContext.allCases.map(\.rawValue).joined(separator: ", ")
        throw refuse(nil, "`\(name)` is no context with keys in it; there are \(contexts)")
      }
      for action in entries.keys.sorted() {
        let places = bindings.indices.filter { bindings[$0].context == context && bindings[$0].action.name == action }
        guard let place = places.first else {
          let names = standard.bindings(of: context).compactMap(\.action.name)
          throw refuse(action, "[\(name)] has no action `\(action)`; it has \(unique(names).joined(separator: ", "))")
        }
        guard let value = entries[action], let words = words(value), !words.isEmpty else {
          throw refuse(action, "`\(action)` takes a key such as \"x\", or a list such as [\"x\", \"Ctrl-F\"]")
        }
        let keys = try words.map { word in
          guard let key = KeyName.parse(word) else {
            throw refuse(
              action, "\"\(word)\" is no key: write a character, Space, Enter, Tab, Esc, Up, PgDn, F5, Ctrl-F or Alt-x")
          }
          return key
        }
        bindings[place].keys = keys
        bindings[place].label = keys.map(\.printed).joined(separator: " ")
        for other in places.dropFirst() { bindings[other].keys = [] }
      }
    }
    let keymap = Keymap(bindings.filter { !$0.keys.isEmpty }.map { relabelled($0, among: bindings) })
    if let conflict = keymap.conflicts().first {
      throw KeysFileError(file: file, line: nil, reason: "one key would mean two things: \(conflict)")
    }
    return keymap
  }

  private static func words(_ value: any TOMLValueConvertible) -> [String]? {
    if let one = value.string { return [one] }
    guard let list = value.array else { return nil }
    let words = list.compactMap(\.string)
    return words.count == list.count ? words : nil
  }

  private static func unique(_ names: [String]) -> [String] {
    names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// A label such as `h l` stands for two bindings: where one of them has other keys now, each gets its own.
  private static func relabelled(_ binding: KeyBinding, among all: [KeyBinding]) -> KeyBinding {
    let printed = Set(all.filter { $0.context == binding.context }.flatMap { $0.keys.map(\.printed) })
    guard !binding.label.split(separator: " ").allSatisfy({ printed.contains(String($0)) }) else { return binding }
    var own = binding
    own.label = binding.keys.map(\.printed).joined(separator: " ")
    return own
  }

  /// The line of a table's heading, or of a key under it; the parser keeps no positions of what it accepted.
  private static func line(of key: String?, under table: String, in text: String) -> Int? {
    var isInTable = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.trimmingCharacters(in: .whitespaces)
      if words.hasPrefix("[") {
        isInTable = words.dropFirst().prefix { $0 != "]" }.trimmingCharacters(in: .whitespaces) == table
        if isInTable, key == nil { return index + 1 }
        continue
      }
      let name = words.prefix { $0 != "=" }.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
      if let key { if isInTable, name == key { return index + 1 } } else if name == table { return index + 1 }
    }
    return nil
  }
}

/// Why a file of key bindings is refused: one line with the file, the line and what to do.
package struct KeysFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package let file: String
  package let line: Int?
  package let reason: String

  package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}

/// Keys as people write them: `g`, `Space`, `Ctrl-F` or `^F`, `Alt-x`, `Shift-Tab`, `PgDn`, `F5`.
enum KeyName {
  private static let named: [String: Key] = [
    "space": .space, "enter": .enter, "return": .enter, "tab": .tab, "shift-tab": .backTab, "esc": .escape,
    "escape": .escape, "backspace": .backspace, "bksp": .backspace, "delete": .delete, "del": .delete,
    "insert": .insert, "ins": .insert, "up": .up, "down": .down, "left": .left, "right": .right, "home": .home,
    "end": .end, "pgup": .pageUp, "pageup": .pageUp, "pgdn": .pageDown, "pagedown": .pageDown,
  ]

  /// Letters that a terminal sends as another key, or keeps for itself, when they are pressed with Ctrl.
  private static let swallowed: Set<Character> = ["h", "i", "j", "m", "q", "s"]

  /// - Returns: nil for what is no key that a terminal tells apart.
  static func parse(_ text: String) -> Key? {
    if text.count == 1, let character = text.first {
      return character.isNewline || character.isWhitespace && character != " " ? nil : .character(character)
    }
    let lower = text.lowercased()
    if let key = named[lower] { return key }
    if lower.hasPrefix("f"), let number = Int(lower.dropFirst()), (1...12).contains(number) { return .function(number) }
    for prefix in ["ctrl-", "ctrl+", "^"] where lower.hasPrefix(prefix) && lower.count == prefix.count + 1 {
      guard let letter = lower.last, letter.isASCII, letter.isLetter, !swallowed.contains(letter) else { return nil }
      return .control(letter)
    }
    for prefix in ["alt-", "alt+"] where lower.hasPrefix(prefix) && text.count == prefix.count + 1 {
      return text.last.map { .alt($0) }
    }
    return nil
  }
}
