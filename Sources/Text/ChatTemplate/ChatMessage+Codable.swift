/// Stored as one JSON text, so that what a template sees survives with its order; a turn that is not learned as a list of that text alone.
extension ChatMessage: Codable {
  public init(from decoder: any Decoder) throws {
    let text: String
    let isLearned: Bool
    if var list = try? decoder.unkeyedContainer() {
      (text, isLearned) = (try list.decode(String.self), false)
    } else {
      (text, isLearned) = (try decoder.singleValueContainer().decode(String.self), true)
    }
    guard let object = try? JSONParser.parse(Array(text.utf8)).object else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "a message is not a JSON object"))
    }
    self.init(fields: object, carriesLoss: isLearned)
  }

  public func encode(to encoder: any Encoder) throws {
    let text = JSONWriter.text(.object(fields), indent: nil)
    if carriesLoss {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    } else {
      var container = encoder.unkeyedContainer()
      try container.encode(text)
    }
  }
}
