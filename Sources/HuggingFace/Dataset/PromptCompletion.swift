/// One example of a JSONL file.
public struct PromptCompletion: Sendable, Equatable {
  public let prompt: String
  public let completion: String
  /// Where it stands in the file, from 1.
  public let line: Int

  public init(prompt: String, completion: String, line: Int) {
    self.prompt = prompt
    self.completion = completion
    self.line = line
  }
}
