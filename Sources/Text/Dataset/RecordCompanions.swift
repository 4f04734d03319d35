import Recipe

/// Fields that an answer depends on and that are not read: a context, a table, options to choose from, or a second field of what is asked. An
/// answer that is trained without them is a guess, so a person has to decide.
struct RecordCompanions {
  private let fields: RecordFields
  private let form: DataForm
  private let names: (prompt: String, completion: String)
  private let used: Set<String>

  private static let contexts: Set<String> = [
    "context", "contexts", "passage", "passages", "document", "documents", "article", "articles", "story", "stories",
    "paragraph", "paragraphs", "table", "tables", "pre_text", "post_text", "dialogue", "dialogues", "dialog",
    "transcript",
    "excerpt", "premise", "hypothesis", "sql_context", "ctx", "ctxs", "search_results",
  ]
  private static let choices: Set<String> = ["choices", "options", "answer_choices", "candidates"]
  /// What is asked, where the form has a field for it.
  private static let questions: Set<String> = ["prompt", "question", "instruction", "input", "query"]

  /// - Parameter used: the fields that were read, or that a person named for something else.
  init(
    _ fields: RecordFields, _ form: DataForm, _ names: (prompt: String, completion: String), used: Set<String>
  ) {
    self.fields = fields
    self.form = form
    self.names = names
    self.used = used
  }

  /// - Parameter body: what was read of the record. A field whose texts all stand in it is not missing.
  /// - Throws: `DataError` with the field.
  func check(_ body: DataRecord.Body) throws {
    let said: String
    let asked: String
    switch body {
    case .promptCompletion(let prompt, _): (said, asked) = (prompt, prompt)
    case .conversation(let messages):
      let before = messages[..<(messages.lastIndex(where: \.isLearned) ?? messages.endIndex)]
      said = before.map(\.content).joined(separator: "\n")
      asked = before.last { $0.role == "user" }?.content ?? ""
    }
    let options = options()
    for member in fields.object.members where !used.contains(member.key) {
      let name = member.key.lowercased()
      let isQuestion = !form.hasTurns && Self.questions.contains(name)
      guard isQuestion || Self.contexts.contains(name) || options.contains(member.key) else { continue }
      let texts = Self.texts(member.value, options.contains(member.key))
      if texts.allSatisfy({ said.utf8Contains($0) }) { continue }
      // The whole of what is asked, written out once more.
      if isQuestion, let text = member.value.string,
        asked.split(whereSeparator: \.isNewline).allSatisfy({ text.utf8Contains(RecordFields.trimmed(String($0))) })
      {
        continue
      }
      throw fields.error(
        "field \(OneLine.name(member.key)) is not read, and what is answered may depend on it; "
          + advice(options.contains(member.key)))
    }
    try checkPlace(options)
  }

  private func advice(_ isOption: Bool) -> String {
    if form.hasTurns { return "put its text into the turn that asks, or remove the field" }
    let asked = OneLine.name(names.prompt)
    let place = isOption ? "write the options into \(asked)" : "put its text into \(asked)"
    let named =
      form == .promptCompletion
      ? ", or leave it aside with --prompt-field \(asked) --completion-field \(OneLine.name(names.completion))"
      : ", or remove the field"
    return place + named
  }

  /// A number for an answer is the place of an option where it is not one of them.
  private func checkPlace(_ options: [String]) throws {
    guard !form.hasTurns, !options.isEmpty, let answer = fields.object[names.completion],
      let place = answer.integer ?? answer.string.flatMap({ Int(RecordFields.trimmed($0)) })
    else { return }
    let texts = options.flatMap { Self.texts(fields.object[$0] ?? .null, true) }
    guard texts.count > 1, !texts.contains(String(place)) else { return }
    throw fields.error(
      "field \(OneLine.name(names.completion)) is \(place), the place of one of \(OneLine.name(options[0])); write what that "
        + "option says, or its letter as the question has it")
  }

  /// The fields of options: a list of them, or a column for each letter.
  private func options() -> [String] {
    let members = fields.object.members.filter { !used.contains($0.key) && !EmptyValue.holds($0.value) }
    let lists = members.filter { Self.choices.contains($0.key.lowercased()) }.map(\.key)
    if !lists.isEmpty { return lists }
    for lead in ["", "option", "choice", "op", "opt"] {
      let columns = members.filter { Self.letter(of: $0.key, after: lead) != nil }
      let letters = Set(columns.compactMap { Self.letter(of: $0.key, after: lead) })
      if letters.isSuperset(of: ["a", "b"]) || !lead.isEmpty && letters.isSuperset(of: ["1", "2"]) {
        return columns.map(\.key)
      }
    }
    return []
  }

  /// `a` of `A`, `option_a` and `optionA`.
  private static func letter(of name: String, after lead: String) -> Character? {
    let name = name.lowercased()
    guard name.hasPrefix(lead) else { return nil }
    let rest = name.dropFirst(lead.count).drop { $0 == "_" || $0 == " " }
    guard rest.count == 1, let letter = rest.first, "abcdefgh12345678".contains(letter) else { return nil }
    return letter
  }

  /// Every text of a value, without white space around it; its numbers too where they may be meant.
  private static func texts(_ value: JSONValue, _ withNumbers: Bool) -> [String] {
    switch value {
    case .string(let text): EmptyValue.holds(value) ? [] : [RecordFields.trimmed(text)]
    case .integer(let number): withNumbers ? [String(number)] : []
    case .number(let number): withNumbers ? ["\(number)"] : []
    case .array(let values): values.flatMap { texts($0, withNumbers) }
    case .object(let object): object.members.flatMap { texts($0.value, withNumbers) }
    default: []
    }
  }
}

extension String {
  /// Whether the other's bytes stand in it; an empty text does.
  fileprivate func utf8Contains(_ other: String) -> Bool { other.isEmpty || utf8.contains(other.utf8) }
}

/// What a column says of whether answers are liked, as data for KTO has it: where it holds nothing but truth values, some answers are not.
struct Liking {
  private struct Column {
    var isTruth = true
    /// The error of the first record whose answer is not liked.
    var disliked: DataError?
  }

  private var columns: [String: Column] = [:]

  /// Takes a record's word for it. True and false themselves are refused where the record is read.
  ///
  /// - Parameter field: a person named it for something else.
  mutating func note(_ fields: RecordFields, except field: String?) {
    for name in ["label", "kto_tag"] {
      guard let key = fields.spelled(name), key != field, let value = fields.object[key] else { continue }
      var column = columns[name] ?? Column()
      let isLiked = LossMark.truth(value)
      column.isTruth = column.isTruth && isLiked != nil
      if isLiked == false, column.disliked == nil {
        let shown = fields.object.spelling(key) ?? value.string ?? ""
        column.disliked = fields.error(
          "has \(key) with \(OneLine.name(shown)), and in all records it says true or false, which is preference data (KTO): "
            + "every answer would be learned, those that are not liked too; keep the records that are liked, and remove the "
            + "field (or rename it, if it means something else)")
      }
      columns[name] = column
    }
  }

  /// After the last record.
  ///
  /// - Throws: `DataError` for the first record whose answer is not liked.
  func check() throws {
    for name in columns.keys.sorted() {
      if let column = columns[name], column.isTruth, let error = column.disliked { throw error }
    }
  }
}
