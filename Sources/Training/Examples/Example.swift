/// One thing to learn from or to be asked: a prompt and what should follow it.
public struct Example: Sendable, Codable, Equatable {
  /// The line of the file (from 1) or the task's own number.
  public var id: Int
  public var prompt: String
  /// The text that is trained on and that metrics take the right answer from.
  public var completion: String
  /// What a metric may need besides, such as the options' texts under their letters.
  public var extra: [String: String]

  public init(id: Int, prompt: String, completion: String, extra: [String: String] = [:]) {
    self.id = id
    self.prompt = prompt
    self.completion = completion
    self.extra = extra
  }
}
