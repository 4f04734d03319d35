/// Makes records of objects. The form is told from the first and holds for all.
struct RecordReader {
  let path: String
  let container: DataContainer
  let reading: DataReading
  private let pictureRoot: PictureRoot
  private(set) var form: DataForm?

  static let forms =
    "give prompt and completion, messages, instruction and output (Alpaca) or conversations (ShareGPT), "
    + "or name the fields with --prompt-field and --completion-field"

  init(path: String, container: DataContainer, reading: DataReading) {
    self.path = path
    self.container = container
    self.reading = reading
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
    }
    do {
      let (body, pictures) = try RecordPictures(fields: fields, root: pictureRoot, reading: reading).taken(
        by: try body(form, fields))
      return DataRecord(place: place, body: body, pictures: pictures)
    } catch let error as DataError {
      // A record of another form is told apart from one that is merely broken.
      if reading.form == nil, let other = try? detected(fields), other != form {
        throw fields.error("has the form \(other.words), the records before it \(form.words); use one form in a file")
      }
      throw error
    }
  }

  private func detected(_ fields: RecordFields) throws -> DataForm {
    let namesFields = reading.promptField != nil || reading.completionField != nil
    if namesFields { return .promptCompletion }
    if fields.has("messages") { return .messages }
    if fields.has("conversations") { return .shareGPT }
    if fields.has("conversation") { return .shareGPT }
    if fields.has(reading.prompt), fields.has(reading.completion) { return .promptCompletion }
    if fields.has("instruction"), fields.has("output") { return .alpaca }
    if fields.has(reading.prompt) { throw fields.missing(reading.completion) }
    if fields.has(reading.completion) { throw fields.missing(reading.prompt) }
    throw fields.error("has \(fields.names), which is no form that is known; \(Self.forms)")
  }

  private func body(_ form: DataForm, _ fields: RecordFields) throws -> DataRecord.Body {
    switch form {
    case .promptCompletion:
      return .promptCompletion(
        prompt: try fields.string(reading.prompt), completion: try fields.string(reading.completion))
    case .alpaca: return .conversation(try alpaca(fields))
    case .messages: return .conversation(try Turns(fields: fields, name: "messages").messages())
    case .shareGPT:
      let name = fields.has("conversations") ? "conversations" : "conversation"
      return .conversation(try Turns(fields: fields, name: name).shareGPT())
    }
  }

  /// The instruction, with the input on a line of its own, is asked; the output is the answer.
  private func alpaca(_ fields: RecordFields) throws -> [ChatMessage] {
    let instruction = try fields.string(reading.promptField ?? "instruction")
    let input = try fields.optionalString("input")
    let output = try fields.string(reading.completionField ?? "output")
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
