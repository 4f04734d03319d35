import Foundation

/// How the next token is chosen from logits.
public struct Sampler: Sendable, Equatable, Codable {
  /// 0 takes the most probable token.
  public var temperature: Float
  /// Only the k most probable tokens; 0 for all.
  public var topK: Int
  /// Only the most probable tokens that together reach this probability; 1 for all.
  public var topP: Float
  public var seed: UInt64

  public init(temperature: Float, topK: Int = 0, topP: Float = 1, seed: UInt64 = 0) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
  }

  public static let greedy = Sampler(temperature: 0)

  /// Each prompt has its own generator, so that its tokens do not depend on its company.
  public func generator(prompt index: Int) -> SeededGenerator {
    SeededGenerator(seed: seed, stream: UInt64(truncatingIfNeeded: index))
  }

  /// The next token. Temperature first, then top-k, then top-p, as transformers' warpers do.
  public func next(_ logits: UnsafeBufferPointer<Float>, using generator: inout SeededGenerator) -> Int32 {
    guard temperature > 0, !logits.isEmpty else { return Self.argmax(logits) }
    var order = Array(0..<logits.count)
    // Ties by index, so that the choice is the same everywhere.
    order.sort { logits[$0] > logits[$1] || (logits[$0] == logits[$1] && $0 < $1) }
    if topK > 0 { order.removeLast(max(0, order.count - topK)) }
    let largest = logits[order[0]]
    guard largest.isFinite else { return Self.argmax(logits) }
    var weights = order.map { exp(Double(logits[$0] - largest) / Double(temperature)) }
    if topP < 1 {
      let total = weights.reduce(0, +)
      var reached = 0.0
      var kept = 0
      while kept < weights.count, kept == 0 || reached < Double(topP) * total {
        reached += weights[kept]
        kept += 1
      }
      weights.removeLast(weights.count - kept)
    }
    var point = generator.nextUnitDouble() * weights.reduce(0, +)
    for (rank, weight) in weights.enumerated() {
      point -= weight
      if point < 0 { return Int32(order[rank]) }
    }
    return Int32(order[weights.count - 1])
  }

  /// The first largest logit.
  public static func argmax(_ logits: UnsafeBufferPointer<Float>) -> Int32 {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    return Int32(best)
  }
}
