/// One record of a data file.
public struct DataRecord: Sendable, Equatable {
  public enum Body: Sendable, Equatable {
    /// Texts as they are: what is between them stands in them.
    case promptCompletion(prompt: String, completion: String)
    /// At least one turn is the assistant's.
    case conversation([ChatMessage])
  }

  /// The line from 1 (JSONL, CSV) or the item of the list from 1 (JSON).
  public let place: Int
  public let body: Body
  /// In the order in which `<image>` or a content part stands for them.
  public let pictures: [ImageSource]

  public init(place: Int, body: Body, pictures: [ImageSource] = []) {
    self.place = place
    self.body = body
    self.pictures = pictures
  }
}
