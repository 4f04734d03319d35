import Recipe
import Terminal

/// A table as it is written to a file: what a person reads is rounded, what a program reads is not.
package struct ExportTable: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case text(String)
    /// With the decimals that Markdown shows.
    case number(Double, decimals: Int)
    case whole(Int)
    case none

    /// Nil is none, and so is what is not finite.
    package static func measured(_ value: Double?, _ decimals: Int) -> Value {
      guard let value, value.isFinite else { return .none }
      return .number(value, decimals: decimals)
    }

    package static func counted(_ value: Int?) -> Value { value.map { .whole($0) } ?? .none }

    /// As a program reads it: numbers in full.
    package var plain: String {
      switch self {
      case .text(let text): text
      case .number(let number, _): "\(number)"
      case .whole(let number): String(number)
      case .none: ""
      }
    }
  }

  package var title: String
  package var columns: [String]
  package var rows: [[Value]]

  package init(title: String, columns: [String], rows: [[Value]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// A heading and a table of GitHub's Markdown; numbers stand at the right.
  package var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let isNumber = columns.indices.map { index in
      rows.contains { if case .text = $0[index] { false } else { $0[index] != .none } }
        && !rows.contains { if case .text = $0[index] { true } else { false } }
    }
    var text = "# \(Self.markdown(title))\n\n"
    text += line(columns.map(Self.markdown))
    text += line(isNumber.map { $0 ? "---:" : "---" })
    for row in rows {
      text += line(
        row.map { value in
          switch value {
          case .text(let text): Self.markdown(text)
          case .number(let number, let decimals): NumberFormat.fixed(number, decimals)
          case .whole(let number): String(number)
          case .none: ""
          }
        })
    }
    return text
  }

  /// RFC 4180 with a row of titles; numbers in full.
  package var csv: String {
    var text = columns.map(Self.csv).joined(separator: ",") + "\r\n"
    for row in rows {
      let cells = row.map { Self.csv($0.plain) }
      text += cells.joined(separator: ",") + "\r\n"
    }
    return text
  }

  /// Signs of Markdown's tables and of HTML mean themselves; line breaks and controls become blanks.
  static func markdown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "|", "\\", "`", "*", "_", "[", "]": result += "\\\(scalar)"
      case "<": result += "&lt;"
      case "&": result += "&amp;"
      case _ where scalar.properties.generalCategory == .control: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func csv(_ text: String) -> String {
    // What a terminal would obey goes, and what a spreadsheet would compute is text.
    var safe = OneLine.lines(text)
    if let first = safe.first(where: { $0 != " " }), "=+-@".contains(first), Double(safe) == nil { safe = "'" + safe }
    let needsQuotes = safe.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    guard needsQuotes else { return safe }
    // By scalars: a quotation mark with an accent is another character, and the same byte.
    var quoted = String.UnicodeScalarView()
    quoted.append("\"")
    for scalar in safe.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }
}
