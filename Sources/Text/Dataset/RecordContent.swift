import Recipe

/// What a field or a turn says: a text, or texts with pictures between them.
struct RecordContent {
  private(set) var pieces: [Piece] = []
  /// Whether its parts say that they are learned; nil where they say nothing.
  private(set) var isLearned: Bool?
  /// Whether a number or a truth value was taken as the text that it is written as.
  private(set) var hasNumbers = false

  enum Piece {
    case text(String)
    case picture(JSONValue)
  }

  private static let textTypes: Set<String> = ["text", "input_text", "output_text"]
  private static let pictureTypes: Set<String> = ["image", "image_url", "input_image"]

  init(text: String) { pieces = [.text(text)] }

  /// - Parameters:
  ///   - object: has the value as the member `key`.
  ///   - place: says where it stands: `messages: turn 2`, or `field completion`.
  ///   - what: follows `place` where the value is at fault: ` has content that`, or nothing.
  /// - Throws: `DataError` for what is no text, and for a part of a type that is not read.
  init(
    _ object: JSONObject, _ key: String, _ place: String, _ what: String = "", fields: RecordFields
  ) throws {
    guard let value = object[key] else { throw fields.missing(key) }
    if let text = try Self.text(value, object, key, &hasNumbers) {
      pieces = [.text(text)]
      return
    }
    guard let parts = value.array else {
      throw fields.error("\(place)\(what) is \(value.kind), not a string")
    }
    var marks: [Bool] = []
    for (index, part) in parts.enumerated() {
      let here = "\(place): part \(index + 1)"
      if let text = part.string {
        guard parts.count == 1 else {
          throw fields.error(
            "\(place)\(what) is a list of \(parts.count) texts, and which of them is meant, or all, cannot be told; give one "
              + "text, or parts of type text")
        }
        pieces.append(.text(text))
        marks.append(true)
        continue
      }
      guard let object = part.object else {
        throw fields.error("\(here) is \(part.kind), not a string or an object")
      }
      if let name = DoubtfulTurns.repeatedName(in: object) {
        throw fields.error("\(here) has \(OneLine.name(name)) twice; remove one of them")
      }
      pieces.append(try piece(object, part, here, fields))
      let mark = try LossMark.read(object, here, fields)
      if mark != nil { isLearned = mark }
      marks.append(mark ?? true)
    }
    if isLearned != nil, Set(marks).count > 1 {
      throw fields.error(
        "\(place): some of its parts are marked as learned and others not, but the loss falls on whole turns; "
          + "write them as turns of their own, or remove the marks")
    }
  }

  private mutating func piece(
    _ object: JSONObject, _ part: JSONValue, _ place: String, _ fields: RecordFields
  ) throws -> Piece {
    let type = object["type"]?.string?.lowercased()
    if let type, Self.pictureTypes.contains(type) {
      guard type != object["type"]?.string || type == "input_image" else { return .picture(part) }
      // The Responses API's name for it.
      let name = type == "input_image" ? "image_url" : type
      return .picture(
        .object(
          JSONObject(
            object.members.map {
              $0.key == "type" ? JSONObject.Member(key: "type", value: .string(name)) : $0
            })))
    }
    guard type.map(Self.textTypes.contains) ?? object["type"].map(\.isNull) ?? true else {
      let shown = object["type"]?.string.map(OneLine.name) ?? "no string as its type"
      throw fields.error(
        "\(place) has the type \(shown), which is not read; there are text and image: write what it says as text, or "
          + "remove the record")
    }
    for key in ["text", "content", "value"] {
      guard let value = object.value(key) else { continue }
      guard let text = try Self.text(value, object, key, &hasNumbers) else {
        throw fields.error("\(place) has \(key) that is \(value.kind), not a string")
      }
      return .text(text)
    }
    throw fields.error("\(place) has no text")
  }

  private static func text(
    _ value: JSONValue, _ object: JSONObject, _ key: String, _ hasNumbers: inout Bool
  ) throws -> String? {
    if let text = value.string { return text }
    guard let text = object.spelling(key) else { return nil }
    hasNumbers = true
    return text
  }

  /// The text; nil where there are pictures.
  var text: String? {
    var text = ""
    for piece in pieces {
      guard case .text(let part) = piece else { return nil }
      text += part
    }
    return text
  }

  /// As templates take it: a text, or parts where there are pictures.
  var value: JSONValue {
    if let text { return .string(text) }
    return .array(
      pieces.map { piece in
        switch piece {
        case .text(let text):
          .object(JSONObject([("type", .string("text")), ("text", .string(text))]))
        case .picture(let part): part
        }
      })
  }

  /// Nothing but white space.
  var isEmpty: Bool { text?.allSatisfy(\.isWhitespace) ?? false }

  /// The other below it, where both say something.
  func above(_ other: RecordContent) -> RecordContent {
    if text == "" { return other }
    if other.text == "" { return self }
    var both = self
    both.pieces += [.text("\n")] + other.pieces
    both.hasNumbers = hasNumbers || other.hasNumbers
    return both
  }

  func turn(_ role: String, carriesLoss: Bool = true) -> ChatMessage {
    ChatMessage(
      fields: JSONObject([("role", .string(role)), ("content", value)]), carriesLoss: carriesLoss)
  }
}
