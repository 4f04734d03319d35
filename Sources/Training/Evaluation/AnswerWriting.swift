/// Writes answers elsewhere than in this process, greedily.
public protocol AnswerWriting: AnyObject {
  /// - Parameters:
  ///   - prompts: token ids of text.
  ///   - stop: tokens that end an answer and are no part of it.
  ///   - onAnswer: told of each answer once, by its prompt's place, and whether the model's logits were finite up to its end; false ends
  ///     the writing early.
  func write(
    _ prompts: [[Int32]], maxNewTokens: Int, stop: Set<Int32>,
    onAnswer: (_ index: Int, _ tokens: [Int32], _ isFinite: Bool) -> Bool) throws
}
