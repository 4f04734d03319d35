import Recipe

/// Makes records of objects. The form is told from the first and holds for all.
struct RecordReader {
  private(set) var path: String
  private(set) var container: DataContainer
  let reading: DataReading
  private var pictureRoot: PictureRoot
  private(set) var form: DataForm?
  /// The fields of what is asked and what is answered.
  private(set) var names: (prompt: String, completion: String)
  /// Whether any record of Alpaca's form has them.
  private(set) var hasInput = false
  private(set) var hasSystem = false
  private(set) var turnsField = "messages"
  private(set) var turnsHaveRoles = true
  /// The first field that pictures were found in.
  private(set) var imageField: String?
  /// What was found besides the records.
  private(set) var findings = DataFindings()
  /// Records of several files have the numbers in which they follow one another, not their places in the files.
  var numbersThrough = false
  private var seen = 0
  /// Whether answers are liked, as data for KTO says it in a column.
  private(set) var liking = Liking()
  private var firstGroup: String?
  private var hasSeveralGroups = false
  /// Whether a prompt or a completion is a list of turns.
  private(set) var sidesHaveTurns = false

  static let forms =
    "give prompt and completion, messages, instruction and output (Alpaca) or conversations (ShareGPT), "
    + "or name the fields with --prompt-field and --completion-field"

  /// Names that people give to what is asked and what is answered, in any case.
  private static let usualNames = [
    ("prompt", "completion"), ("question", "answer"), ("instruction", "response"), ("input", "output"),
    ("query", "response"), ("query", "answer"), ("prompt", "response"), ("prompt", "answer"), ("prompt", "output"),
    ("question", "response"),
  ]

  init(path: String, container: DataContainer, reading: DataReading) {
    self.path = path
    self.container = container
    self.reading = reading
    pictureRoot = PictureRoot(dataFile: path, given: reading.imageRoot)
    names = (reading.prompt, reading.completion)
    findings.placeName = container.placeName
  }

  /// Goes on with the next file of a folder, in the form of those before it.
  mutating func move(to path: String, _ container: DataContainer) {
    guard path != self.path else { return }
    self.path = path
    self.container = container
    pictureRoot = PictureRoot(dataFile: path, given: reading.imageRoot)
  }

  /// - Returns: nil for a record that says itself that it is not learned.
  /// - Throws: `DataError` with file, line, field and turn.
  mutating func record(_ object: JSONObject, place: Int, line: Int) throws -> DataRecord? {
    seen += 1
    let number = numbersThrough ? seen : place
    let fields = RecordFields(path: path, container: container, place: place, line: line, object: object)
    let form: DataForm
    if let known = self.form {
      form = known
    } else {
      form = try reading.form ?? detected(fields)
      self.form = form
      if form == .promptCompletion, !namesFields, let found = named(fields) { names = found }
      if form == .shareGPT {
        turnsField = fields.has("conversations") ? "conversations" : "conversation"
        turnsHaveRoles = (try? fields.list(turnsField))?.first?.object?.value("role") != nil
      }
      if form == .alpaca { names = (reading.promptField ?? "instruction", reading.completionField ?? "output") }
    }
    do {
      if form == .alpaca {
        hasInput = hasInput || fields.has("input")
        hasSystem = hasSystem || fields.has("system")
      }
      var body = RecordBody(fields: fields, form: form, names: names, areNamed: namesFields)
      let read = try body.read()
      if form.hasTurns || !namesFields { liking.note(fields, except: reading.groupField) }
      if !namesFields {
        try RecordCompanions(fields, form, names, used: body.used.union([reading.groupField ?? ""])).check(read)
      }
      let found = RecordPictures(fields: fields, root: pictureRoot, reading: reading)
      let mark = try LossMark.read(object, "", except: body.used, fields)
      let (taken, pictures) = try found.taken(by: read)
      if imageField == nil, !pictures.isEmpty { imageField = found.field }
      note(body, object, number, images: found.field)
      guard learned(taken, mark, number) else { return nil }
      let group = try group(of: fields)
      if group == nil, reading.groupField != nil { findings.withoutGroup.append(number) }
      note(group: group)
      return DataRecord(place: number, body: taken, pictures: pictures, group: group)
    } catch let error as DataError {
      // A record of another form is told apart from one that is merely broken.
      if reading.form == nil, let other = try? detected(fields), other != form {
        throw fields.error("has the form \(other.words), the records before it \(form.words); use one form in a file")
      }
      throw error
    }
  }

  /// What the record is about: a text, a number or a truth value as it is written. Nil where no field for it was named, or where the
  /// record has nothing there.
  private func group(of fields: RecordFields) throws -> String? {
    guard let name = reading.groupField, let value = try fields.value(name), !RecordFields.isBare(value) else {
      return nil
    }
    let content = try? fields.content(name)
    guard let text = content?.text else {
      throw fields.error(
        "field \(OneLine.name(name)) is \(value.kind), which names no group; name a field of texts or numbers")
    }
    return text
  }

  private mutating func note(group: String?) {
    guard let group else { return }
    if firstGroup == nil { firstGroup = group }
    if group != firstGroup { hasSeveralGroups = true }
  }

  /// What all records that have a group are about; nil where there are several.
  var onlyGroup: String? { hasSeveralGroups ? nil : firstGroup }

  private var namesFields: Bool { reading.promptField != nil || reading.completionField != nil }

  private func detected(_ fields: RecordFields) throws -> DataForm {
    if namesFields { return .promptCompletion }
    if fields.has("messages") { return .messages }
    if fields.has("conversations") { return .shareGPT }
    if fields.has("conversation") { return .shareGPT }
    if fields.has(reading.prompt), fields.has(reading.completion) { return .promptCompletion }
    if fields.has("instruction"), fields.has("output") { return .alpaca }
    if named(fields) != nil { return .promptCompletion }
    try RecordBody.refusePreferences(fields)
    if fields.has("input_ids") {
      throw fields.error("has input_ids: it is tokenised already, for another model perhaps; give the texts instead")
    }
    if fields.has(reading.prompt) { throw fields.missing(reading.completion) }
    if fields.has(reading.completion) { throw fields.missing(reading.prompt) }
    throw fields.error("has \(fields.names), which is no form that is known; \(Self.forms)\(Self.advice(fields))")
  }

  /// The fields that are called by usual names, as the record writes them.
  private func named(_ fields: RecordFields) -> (prompt: String, completion: String)? {
    var spelled: [String: String] = [:]
    for member in fields.object.members {
      let name = member.key.lowercased()
      if spelled[name] == nil || member.key == name { spelled[name] = member.key }
    }
    for (prompt, completion) in Self.usualNames {
      if let prompt = spelled[prompt], let completion = spelled[completion] { return (prompt, completion) }
    }
    return nil
  }

  /// Fields to name, where their names say what is asked and what is answered; nothing is guessed from their order.
  private static func advice(_ fields: RecordFields) -> String {
    func first(_ names: [String]) -> String? {
      names.lazy.compactMap(fields.spelled).first { fields.object[$0]?.string != nil }
    }
    guard let asked = first(asking), let answered = first(answering) else {
      let hasText = fields.spelled("text") != nil
      return hasText
        ? " (running text, as language modelling has it in text, is learned as the completion of an empty prompt, with "
          + "--chat-template none)" : ""
    }
    return " (say, --prompt-field \(OneLine.name(asked)) --completion-field \(OneLine.name(answered)))"
  }

  private static let asking = ["prompt", "question", "instruction", "input", "query", "problem", "user", "human"]
  private static let answering = [
    "completion", "answer", "response", "output", "solution", "assistant", "gpt", "reply", "target",
  ]

  // MARK: Findings

  /// Takes the lists that a document has beside the one that is read.
  mutating func note(others: [DataFindings.Field]) { findings.otherLists += others }

  private mutating func note(_ body: RecordBody, _ object: JSONObject, _ place: Int, images: String?) {
    for member in object.members
    where !body.used.contains(member.key) && member.key != images && member.key != reading.groupField
      && !RecordFields.isBare(member.value)
    {
      if LossMark.isMark(member.key) || ToolFields.names.contains(member.key.lowercased()) { continue }
      findings.addUnused(member.key)
    }
    for name in body.unusedInTurns { findings.addUnused(name) }
    if let name = body.systemField { DataFindings.count(name, in: &findings.systemTexts) }
    if let name = body.historyField { DataFindings.count(name, in: &findings.histories) }
    if body.hasNumbers { findings.numbers.append(place) }
    if object.loneSurrogates > 0 { findings.loneSurrogates.append(place) }
    sidesHaveTurns = sidesHaveTurns || body.sidesHaveTurns
  }

  /// Whether there is anything to learn after what the record itself says; counts what is empty.
  private mutating func learned(_ body: DataRecord.Body, _ mark: Bool?, _ place: Int) -> Bool {
    if mark == false {
      findings.leftOut.append(.init(place: place, reason: "marked as not learned"))
      return false
    }
    switch body {
    case .promptCompletion(let prompt, let completion):
      if DoubtfulTurns.isPartList(prompt) || DoubtfulTurns.isPartList(completion) { findings.partLists.append(place) }
      if prompt.allSatisfy(\.isWhitespace) { findings.emptyQuestions.append(place) }
      if completion.allSatisfy(\.isWhitespace) { findings.emptyAnswers.append(place) }
    case .conversation(let messages):
      guard messages.contains(where: \.isLearned) else {
        findings.leftOut.append(.init(place: place, reason: "no turn is marked as learned"))
        return false
      }
      if messages.contains(where: { DoubtfulTurns.isPartList($0.content) }) { findings.partLists.append(place) }
      if messages.contains(where: DoubtfulTurns.hasNullArgument) { findings.nullArguments.append(place) }
      findings.contextTurns += messages.count { $0.isAssistant && !$0.carriesLoss }
      func isEmpty(_ message: ChatMessage) -> Bool {
        message.content.allSatisfy(\.isWhitespace) && message.fields.value("tool_calls") == nil
      }
      if messages.contains(where: { $0.isLearned && isEmpty($0) }) { findings.emptyAnswers.append(place) }
      if messages.contains(where: { $0.role == "user" && isEmpty($0) }) { findings.emptyQuestions.append(place) }
    }
    return true
  }
}
