import Recipe

/// What a person has written on a run: it changes nothing of what the run is, and stays with it in the trash and back.
public struct RunLabels: Hashable, Codable, Sendable {
  public var name: String?
  public var note: String?
  /// Each once, in the order in which they were given.
  public var tags: [String] = []
  /// It stands before all others in the dashboard's table.
  public var isPinned = false

  public init() {}

  public var isEmpty: Bool { name == nil && note == nil && tags.isEmpty && !isPinned }
}

/// One change of labels: the same again changes nothing.
public enum RunLabelChange: Hashable, Sendable {
  /// Nil takes the name away.
  case name(String?)
  /// Nil takes the note away.
  case note(String?)
  case addTags([String])
  case removeTags([String])
  case pin(Bool)
}

extension RunLabels {
  /// Characters that a label may have, and tags that a run may have.
  package static let longestName = 80
  package static let longestNote = 1000
  package static let longestTag = 40
  package static let mostTags = 32

  /// - Throws: what is wrong with a text, in one line; then nothing is changed.
  package mutating func apply(_ change: RunLabelChange) throws(Refusal) {
    switch change {
    case .name(let text): name = try Self.checked(text, "name", most: Self.longestName)
    case .note(let text): note = try Self.checked(text, "note", most: Self.longestNote)
    case .pin(let isPinned): self.isPinned = isPinned
    case .addTags(let added):
      var all = tags
      for tag in added {
        let tag = try Self.checkedTag(tag)
        if !all.contains(tag) { all.append(tag) }
      }
      guard all.count <= Self.mostTags else {
        throw Refusal("a run has at most \(Self.mostTags) tags, and this would be \(all.count)", exitStatus: 64)
      }
      tags = all
    case .removeTags(let removed):
      let removed = Set(removed.map(Self.trimmed))
      tags.removeAll { removed.contains($0) }
    }
  }

  /// The tags that a person writes in one line, with blanks or commas between them.
  package static func tags(in line: String) -> [String] {
    line.split { $0 == "," || $0.isWhitespace }.map(String.init)
  }

  /// Nil for a text without letters.
  private static func checked(_ text: String?, _ what: String, most: Int) throws(Refusal) -> String? {
    let text = trimmed(text ?? "")
    if text.isEmpty { return nil }
    if let scalar = text.unicodeScalars.first(where: { OneLine.isHidden($0) }) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
      throw Refusal("a \(what) is one line of signs that show, and U+\(padded) does not: leave it out", exitStatus: 64)
    }
    guard text.count <= most else {
      throw Refusal("a \(what) has at most \(most) characters, and this one \(text.count)", exitStatus: 64)
    }
    return text
  }

  private static func checkedTag(_ text: String) throws(Refusal) -> String {
    guard let tag = try checked(text, "tag", most: longestTag) else {
      throw Refusal("a tag is a word: `runs tag 12 good`", exitStatus: 64)
    }
    if tag.contains(where: { $0.isWhitespace || $0 == "," || $0 == "\"" }) {
      throw Refusal("the tag “\(tag)” is not one word: leave out blanks, commas and quotation marks", exitStatus: 64)
    }
    return tag
  }

  private static func trimmed(_ text: String) -> String {
    var part = Substring(text)
    while let first = part.first, first.isWhitespace { part.removeFirst() }
    while let last = part.last, last.isWhitespace { part.removeLast() }
    return String(part)
  }
}

extension RunLabelChange {
  /// What was done, for whoever asked for it: `#12: tagged good`, `14 runs: pinned`.
  package func sentence(_ runs: [RunID]) -> String {
    let who = runs.count == 1 ? "#\(runs[0])" : "\(runs.count) runs"
    let what: String =
      switch self {
      case .name(let name?): "is called \(OneLine.text(name))"
      case .name(nil): "has no name"
      case .note(_?): "has a note"
      case .note(nil): "has no note"
      case .addTags(let tags): "tagged \(tags.map(OneLine.text).joined(separator: ", "))"
      case .removeTags(let tags): "no longer tagged \(tags.map(OneLine.text).joined(separator: ", "))"
      case .pin(true): "pinned"
      case .pin(false): "not pinned"
      }
    return "\(who): \(what)"
  }
}
