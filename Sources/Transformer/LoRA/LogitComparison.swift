import Kernels

/// How far the logits of a merged model are from those of base and adapter, over some prompts.
public struct LogitComparison: Sendable, Equatable, Codable {
  public var prompts = 0
  /// Tokens after which logits were compared.
  public var positions = 0
  public var largestDifference: Float = 0
  /// The largest logit by magnitude, for scale.
  public var largestLogit: Float = 0
  /// Positions at which both say the same next token.
  public var sameNextToken = 0

  /// - Parameter prompts: empty ones are left out, and of those without images what exceeds the model's positions is cut.
  public static func measure(
    base: BaseModel, adapter: LoRAAdapter, merged: BaseModel, prompts: [Prompt], team: WorkerTeam
  ) throws -> LogitComparison {
    var result = LogitComparison()
    for prompt in prompts where !prompt.tokens.isEmpty {
      let images = prompt.images
      let tokens =
        images.isEmpty ? Array(prompt.tokens.prefix(base.configuration.maxPositions)) : prompt.tokens
      let before = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, images: images, team: team)
      let after = try Scoring.logits(base: merged, adapter: nil, tokens: tokens, images: images, team: team)
      result.prompts += 1
      for (left, right) in zip(before, after) {
        result.positions += 1
        for (a, b) in zip(left, right) {
          result.largestDifference = max(result.largestDifference, abs(a - b))
          result.largestLogit = max(result.largestLogit, abs(a))
        }
        if left.withUnsafeBufferPointer(Sampler.argmax) == right.withUnsafeBufferPointer(Sampler.argmax) {
          result.sameNextToken += 1
        }
      }
    }
    return result
  }
}
