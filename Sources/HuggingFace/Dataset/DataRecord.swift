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

  public init(place: Int, body: Body) {
    self.place = place
    self.body = body
  }
}
