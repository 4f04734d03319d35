import Recipe

/// What was found in a data file besides its examples: what was not read, what was left out, and what may not be meant.
public struct DataFindings: Sendable, Equatable {
  public struct Field: Sendable, Equatable {
    /// The field's name; of turns `conversations[].name`.
    public let name: String
    /// How many records have something there.
    public var records: Int

    public init(name: String, records: Int) {
      self.name = name
      self.records = records
    }
  }

  public struct LeftOut: Sendable, Equatable {
    public let place: Int
    public let reason: String

    public init(place: Int, reason: String) {
      self.place = place
      self.reason = reason
    }
  }

  /// What messages call a record's place: `line` or `item`.
  public var placeName = "line"
  /// In the order in which they were met.
  public internal(set) var unusedFields: [Field] = []
  /// Records that say themselves that they are not learned.
  public internal(set) var leftOut: [LeftOut] = []
  /// Places of records with an answer that is empty, or a question.
  public internal(set) var emptyAnswers: [Int] = []
  public internal(set) var emptyQuestions: [Int] = []
  /// Places of records with numbers or truth values for texts.
  public internal(set) var numbers: [Int] = []
  /// Places of records that do not say what they are about, where a field for it was named.
  public internal(set) var withoutGroup: [Int] = []
  /// Places of records with halves of surrogate pairs.
  public internal(set) var loneSurrogates: [Int] = []
  /// Places of records with a list of content parts as a text, and of those with calls whose arguments hold null.
  public internal(set) var partLists: [Int] = []
  public internal(set) var nullArguments: [Int] = []
  /// Lists of a JSON document beside the one that is read, with how many elements each has.
  public internal(set) var otherLists: [Field] = []
  /// Turns of the assistant's that are given and not learned.
  public internal(set) var contextTurns = 0
  /// The fields beside the turns that system texts were taken from, and histories.
  public internal(set) var systemTexts: [Field] = []
  public internal(set) var histories: [Field] = []
  /// The place of each unused field in `unusedFields`.
  private var known: [String: Int] = [:]

  public init() {}

  mutating func addUnused(_ name: String) {
    if let place = known[name] {
      unusedFields[place].records += 1
    } else {
      known[name] = unusedFields.count
      unusedFields.append(Field(name: name, records: 1))
    }
  }

  static func count(_ name: String, in fields: inout [Field]) {
    if let place = fields.firstIndex(where: { $0.name == name }) {
      fields[place].records += 1
    } else {
      fields.append(Field(name: name, records: 1))
    }
  }

  /// One line for each kind of thing that was found.
  public var notes: [String] {
    var notes: [String] = []
    if !unusedFields.isEmpty { notes.append("fields not used: \(Self.list(unusedFields))") }
    if !otherLists.isEmpty { notes.append("lists of the document that are not read: \(Self.list(otherLists))") }
    if !systemTexts.isEmpty { notes.append("system texts from the field \(Self.list(systemTexts))") }
    if !histories.isEmpty { notes.append("turns before the question from the field \(Self.list(histories))") }
    for reason in Set(leftOut.map(\.reason)).sorted() {
      let places = leftOut.filter { $0.reason == reason }.map(\.place)
      notes.append("\(places.count) left out, \(reason)\(named(places))")
    }
    if contextTurns > 0 {
      notes.append(
        "\(Counted.text(contextTurns, "turn")) of the assistant given as context, without loss")
    }
    if !emptyAnswers.isEmpty {
      notes.append(
        "\(emptyAnswers.count) with an empty answer, which teaches at most to stop at once\(named(emptyAnswers))")
    }
    if !emptyQuestions.isEmpty {
      notes.append("\(emptyQuestions.count) with an empty question\(named(emptyQuestions))")
    }
    if !numbers.isEmpty {
      notes.append(
        "\(numbers.count) with numbers or true and false for text, read as they are written\(named(numbers))")
    }
    if !partLists.isEmpty {
      notes.append(
        "\(partLists.count) with a list of content parts written as text, which is taken as it stands\(named(partLists))"
      )
    }
    if !nullArguments.isEmpty {
      notes.append(
        "\(nullArguments.count) with calls whose arguments hold null, which templates write: a table has it for all that a call "
          + "does not give, so remove it where it is not meant\(named(nullArguments))")
    }
    if !withoutGroup.isEmpty {
      notes.append(
        "\(withoutGroup.count) without the group field, each taken as a group of its own\(named(withoutGroup))")
    }
    if !loneSurrogates.isEmpty {
      notes.append(
        "\(loneSurrogates.count) with half of a surrogate pair, which no text can hold: read as U+FFFD"
          + named(loneSurrogates))
    }
    return notes
  }

  private static func list(_ fields: [Field]) -> String {
    let most = 12
    let shown = fields.prefix(most).map { "\(OneLine.name($0.name)) (\($0.records))" }
    return shown.joined(separator: ", ") + (fields.count > most ? " and \(fields.count - most) more" : "")
  }

  /// ` (lines 1, 3, …)`
  private func named(_ places: [Int]) -> String {
    let most = 8
    let shown = places.prefix(most).map(String.init).joined(separator: ", ")
    return " (\(Counted.plural(placeName, places.count)) \(shown)\(places.count > most ? ", …" : ""))"
  }
}
