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
    let best = Self.argmax(logits)
    guard temperature > 0, !logits.isEmpty, logits[Int(best)].isFinite else { return best }
    let largest = logits[Int(best)]
    // A logit that is not a number has no weight.
    var weights = logits.map { $0 <= largest ? exp(Double($0 - largest) / Double(temperature)) : 0 }
    let candidates = candidates(weights)
    if let candidates { weights = candidates.map { weights[$0] } }
    var point = generator.nextUnitDouble() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      point -= weight
      if point < 0 { return Int32(candidates?[place] ?? place) }
    }
    return best
  }

  /// The tokens that top-k and top-p leave, the most probable first; nil where they leave all.
  private func candidates(_ weights: [Double]) -> [Int]? {
    guard topK > 0 || topP < 1 else { return nil }
    var order = Array(weights.indices)
    if topK == 0 {
      // Tokens below this share cannot be needed: all of them together do not fill what lies beyond top-p.
      let floor = weights.reduce(0, +) * Double(1 - topP) / Double(weights.count)
      order.removeAll { weights[$0] < floor }
    }
    // Ties by index, so that the choice is the same everywhere.
    order.sort { weights[$0] > weights[$1] || (weights[$0] == weights[$1] && $0 < $1) }
    let total: Double
    if topK > 0 {
      order.removeLast(max(0, order.count - topK))
      total = order.reduce(0) { $0 + weights[$1] }
    } else {
      total = weights.reduce(0, +)
    }
    guard topP < 1 else { return order }
    var reached = 0.0
    var kept = 0
    while kept < order.count, kept == 0 || reached < Double(topP) * total {
      reached += weights[order[kept]]
      kept += 1
    }
    return Array(order.prefix(kept))
  }

  /// Whether every logit is a number that is not infinite. Else the model has no answer: something overflowed, or was none from the start.
  static func areFinite(_ logits: UnsafeBufferPointer<Float>) -> Bool {
    guard let start = logits.baseAddress else { return true }
    // A number times zero is zero, and nothing else is.
    var zeros = SIMD16<Float>()
    var place = 0
    while place + 16 <= logits.count {
      zeros += UnsafeRawPointer(start + place).loadUnaligned(as: SIMD16<Float>.self) * 0
      place += 16
    }
    return zeros == SIMD16<Float>() && logits[place...].allSatisfy { $0.isFinite }
  }

  /// The first largest logit; the first one if that is not a number, and others that are none do not count.
  public static func argmax(_ logits: UnsafeBufferPointer<Float>) -> Int32 {
    guard let start = logits.baseAddress, !logits[0].isNaN else { return 0 }
    // Eight at a time: one token in a hundred's time would go by otherwise, while the other workers wait.
    var top = SIMD8<Float>(repeating: logits[0])
    var places = SIMD8<Int32>()
    var index = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    var place = 0
    while place + 8 <= logits.count {
      let values = UnsafeRawPointer(start + place).loadUnaligned(as: SIMD8<Float>.self)
      let larger = values .> top
      top.replace(with: values, where: larger)
      places.replace(with: index, where: larger)
      index &+= 8
      place += 8
    }
    var best: Int32 = 0
    for lane in 0..<8 {
      let (value, most) = (top[lane], logits[Int(best)])
      if value > most || (value == most && places[lane] < best) { best = places[lane] }
    }
    while place < logits.count {
      if logits[place] > logits[Int(best)] { best = Int32(place) }
      place += 1
    }
    return best
  }
}
