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

  static let forms =
    "give prompt and completion, messages, instruction and output (Alpaca) or conversations (ShareGPT), "
    + "or name the fields with --prompt-field and --completion-field"

  /// Names that people give to what is asked and what is answered, in any case.
  private static let usualNames = [
    ("prompt", "completion"), ("question", "answer"), ("instruction", "response"), ("input", "output"),
    ("query", "response"), ("query", "answer"), ("prompt", "response"), ("prompt", "answer"), ("prompt", "output"),
  ]
  /// Beside such names, what the answer depends on: without it the prompt would be another, so a person has to decide.
  private static let companions: Set<String> = [
    "context", "passage", "document", "system", "history", "tools", "rejected",
  ]

  init(path: String, container: DataContainer, reading: DataReading) {
    self.path = path
    self.container = container
    self.reading = reading
    pictureRoot = PictureRoot(dataFile: path, given: reading.imageRoot)
    names = (reading.prompt, reading.completion)
  }

  /// Goes on with the next file of a folder, in the form of those before it.
  mutating func move(to path: String, _ container: DataContainer) {
    guard path != self.path else { return }
    self.path = path
    self.container = container
    pictureRoot = PictureRoot(dataFile: path, given: reading.imageRoot)
  }

  mutating func record(_ object: JSONObject, place: Int, line: Int) throws -> DataRecord {
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
      let found = RecordPictures(fields: fields, root: pictureRoot, reading: reading)
      let (body, pictures) = try found.taken(by: try body(form, fields))
      if imageField == nil, !pictures.isEmpty { imageField = found.field }
      return DataRecord(place: place, body: body, pictures: pictures)
    } catch let error as DataError {
      // A record of another form is told apart from one that is merely broken.
      if reading.form == nil, let other = try? detected(fields), other != form {
        throw fields.error("has the form \(other.words), the records before it \(form.words); use one form in a file")
      }
      throw error
    }
  }

  private var namesFields: Bool { reading.promptField != nil || reading.completionField != nil }

  private func detected(_ fields: RecordFields) throws -> DataForm {
    if namesFields { return .promptCompletion }
    if fields.has("messages") { return .messages }
    if fields.has("conversations") { return .shareGPT }
    if fields.has("conversation") { return .shareGPT }
    if fields.has(reading.prompt), fields.has(reading.completion) { return .promptCompletion }
    if fields.has("instruction"), fields.has("output") { return .alpaca }
    if named(fields) != nil { return .promptCompletion }
    if fields.has(reading.prompt) { throw fields.missing(reading.completion) }
    if fields.has(reading.completion) { throw fields.missing(reading.prompt) }
    let texts = fields.object.members.filter { $0.value.string != nil }.prefix(2).map {
      SafetensorsError.printable($0.key)
    }
    let example = texts.count == 2 ? " (say, --prompt-field \(texts[0]) --completion-field \(texts[1]))" : ""
    throw fields.error("has \(fields.names), which is no form that is known; \(Self.forms)\(example)")
  }

  /// The fields that are called by usual names, as the record writes them.
  private func named(_ fields: RecordFields) -> (prompt: String, completion: String)? {
    var spelled: [String: String] = [:]
    for member in fields.object.members {
      let name = member.key.lowercased()
      if spelled[name] == nil || member.key == name { spelled[name] = member.key }
    }
    guard Self.companions.isDisjoint(with: spelled.keys) else { return nil }
    for (prompt, completion) in Self.usualNames {
      if let prompt = spelled[prompt], let completion = spelled[completion] { return (prompt, completion) }
    }
    return nil
  }

  private func body(_ form: DataForm, _ fields: RecordFields) throws -> DataRecord.Body {
    switch form {
    case .promptCompletion:
      return .promptCompletion(
        prompt: try fields.string(names.prompt), completion: try fields.string(names.completion))
    case .alpaca: return .conversation(try alpaca(fields))
    case .messages:
      if case .array(let tools)? = fields.object.value("tools"), !tools.isEmpty {
        throw fields.error(
          "field tools is not read, and the prompt would lack what can be called; put the tools into the system message, "
            + "as the model's template would write them, and remove the field")
      }
      return .conversation(try Turns(fields: fields, name: "messages").messages())
    case .shareGPT:
      let name = fields.has("conversations") ? "conversations" : "conversation"
      return .conversation(try Turns(fields: fields, name: name).shareGPT())
    }
  }

  /// The instruction, with the input on a line of its own, is asked; the output is the answer.
  private func alpaca(_ fields: RecordFields) throws -> [ChatMessage] {
    let instruction = try fields.string(names.prompt)
    let input = try fields.optionalString("input")
    let output = try fields.string(names.completion)
    if case .array(let turns)? = fields.object.value("history"), !turns.isEmpty {
      throw fields.error("field history is not read; write such conversations as messages")
    }
    var messages: [ChatMessage] = []
    if let system = try fields.optionalString("system"), !system.isEmpty {
      messages.append(ChatMessage(role: "system", content: system))
    }
    let question = input.map { $0.isEmpty ? instruction : instruction + "\n" + $0 } ?? instruction
    return messages + [ChatMessage(role: "user", content: question), ChatMessage(role: "assistant", content: output)]
  }
}
