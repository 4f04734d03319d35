/// Which combinations nothing beats at once in accuracy and in speed.
package enum Front {
  package struct Point: Hashable, Sendable {
    /// Higher is better.
    package var score: Double
    /// Lower is better: overhead in percent, or milliseconds.
    package var cost: Double

    package init(score: Double, cost: Double) {
      self.score = score
      self.cost = cost
    }

    /// At least as good in both, and better in one.
    func dominates(_ other: Point) -> Bool {
      score >= other.score && cost <= other.cost && (score > other.score || cost < other.cost)
    }
  }

  /// For each point whether it is on the front; nil for a missing or not finite point, which beats nothing either.
  package static func members(_ points: [Point?]) -> [Bool?] {
    let usable = points.map { point in point.flatMap { $0.score.isFinite && $0.cost.isFinite ? $0 : nil } }
    return usable.map { point in
      point.map { point in !usable.contains { $0?.dominates(point) ?? false } }
    }
  }

  /// For each combination the share of resamples in which it is on the front.
  ///
  /// - Parameter replicates: for each combination the resampled points, as many for all; empty where nothing is known,
  ///   which gives nil.
  package static func probabilities(_ replicates: [[Point]]) -> [Double?] {
    let count = replicates.map(\.count).filter { $0 > 0 }.min() ?? 0
    guard count > 0 else { return replicates.map { _ in nil } }
    var hits = [Int](repeating: 0, count: replicates.count)
    for index in 0..<count {
      let members = members(replicates.map { $0.isEmpty ? nil : $0[index] })
      for place in members.indices where members[place] == true { hits[place] += 1 }
    }
    return replicates.indices.map { replicates[$0].isEmpty ? nil : Double(hits[$0]) / Double(count) }
  }
}
