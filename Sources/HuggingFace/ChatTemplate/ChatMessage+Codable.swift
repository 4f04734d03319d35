/// Stored as one JSON text, so that what a template sees survives with its order.
extension ChatMessage: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let object = try? JSONParser.parse(Array(text.utf8)).object else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "a message is not a JSON object"))
    }
    self.init(fields: object)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(JSONWriter.text(.object(fields), indent: nil))
  }
}
