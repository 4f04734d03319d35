/// What ends an answer, as the examples are written out: what a model has to learn to write when it is done.
public struct AnswerEnd: Sendable, Equatable, Codable {
  /// The text after an answer, without the white space around it; empty where there is only white space or nothing.
  public var text: String
  /// The token that the text begins with, if it is one of the tokenizer's own rather than a piece of ordinary text.
  public var token: Int32?
  /// How many tokens the text has.
  public var count: Int
  /// Whether the loss falls on it.
  public var isTrained: Bool
  /// Where generation stops, in words, apart from its greatest length.
  public var stops: [String]

  public init(text: String, token: Int32?, count: Int, isTrained: Bool, stops: [String]) {
    self.text = text
    self.token = token
    self.count = count
    self.isTrained = isTrained
    self.stops = stops
  }

  /// One line for a person.
  public var description: String {
    let others = stops.isEmpty ? "" : ", only at \(stops.joined(separator: " or "))"
    if text.isEmpty {
      return "nothing marks the end of an answer: generation does not stop there\(others)"
    }
    let loss = isTrained ? "trained" : "not trained: the model may not learn to stop"
    if token == nil {
      let tokens = count == 1 ? "a token of ordinary text" : "\(count) tokens of ordinary text"
      return "an answer ends with \(text), \(tokens) (\(loss)): generation does not stop there\(others)"
    }
    return "an answer ends with \(text) (\(loss)); generation stops at \(stops.joined(separator: " or "))"
  }
}
