/// Which examples of a set ask about the same thing. Their scores go up and down together, so that what is resampled is the things and
/// not the examples: 500 questions about 36 conditions say as much about new conditions as 36 answers do, and a little more.
package struct ExampleGrouping: Hashable, Sendable {
  /// The group of each example, from 0 up.
  package let places: [Int]
  package let count: Int

  /// - Parameter names: of each example's group; one without a name is a group by itself.
  /// - Returns: nil where no example has a name, or where no two share one: each then stands for itself.
  package init?(_ names: [String?]) {
    var known: [String: Int] = [:]
    var places: [Int] = []
    places.reserveCapacity(names.count)
    var count = 0
    for name in names {
      if let name, let place = known[name] {
        places.append(place)
        continue
      }
      if let name { known[name] = count }
      places.append(count)
      count += 1
    }
    guard !known.isEmpty, count < names.count else { return nil }
    self.places = places
    self.count = count
  }

  /// What an interval is taken over: of one group alone nothing varies from group to group, and its interval can only say what further
  /// examples of the same would. Tests keep the group: it proves nothing.
  package var ofIntervals: ExampleGrouping? { count > 1 ? self : nil }

  /// How many examples each group has.
  package var sizes: [Double] { sums([Double](repeating: 1, count: places.count)) }

  /// The sum over each group of a value by example.
  package func sums(_ values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (place, value) in zip(places, values) { sums[place] += value }
    return sums
  }

  /// By how much a percentile interval from resampling so many groups is too narrow.
  package var widening: Double { StudentT.widening(count) }
}

/// Resampled means of scores in groups: the cluster bootstrap (Field and Welsh 2007) of a ratio of sums.
package struct GroupResampling: Sendable {
  private let sums: [Double]
  private let sizes: [Double]
  private let widening: Double
  /// Of all examples.
  package let mean: Double
  /// Where all groups have the same mean, so that resamples of them would not differ.
  package let unseen: UnseenOutcomes?

  /// - Parameters:
  ///   - scores: by example, at least one.
  ///   - grouping: nil where each example stands for itself.
  ///   - range: of what a single score can be; nil where nothing is known of it, and equal scores have no width then.
  package init(_ scores: [Double], _ grouping: ExampleGrouping?, in range: ClosedRange<Double>? = nil) {
    let grouping = grouping?.ofIntervals
    sums = grouping?.sums(scores) ?? scores
    sizes = grouping?.sizes ?? []
    widening = StudentT.widening(sums.count)
    mean = scores.reduce(0, +) / Double(scores.count)
    unseen = range.flatMap { [sums, sizes, mean] range in
      let slack = 1e-12 * (range.upperBound - range.lowerBound)
      let isEqual = sums.indices.allSatisfy { abs(sums[$0] / (sizes.isEmpty ? 1 : sizes[$0]) - mean) <= slack }
      let isInside = scores.allSatisfy { range.contains($0) }
      return isEqual && isInside ? UnseenOutcomes(mean, in: range, count: sums.count) : nil
    }
  }

  /// So many resampled means.
  ///
  /// - Parameters:
  ///   - generator: equal ones draw the same groups of two results on the same examples.
  ///   - own: the result's own number, for what is not drawn in pairs: ``UnseenOutcomes/draws(_:own:)``.
  package func draws(_ resamples: Int, _ generator: inout SplitMix64, own: UInt64 = 0) -> [Double] {
    if let unseen { return unseen.draws(resamples, own: own) }
    return (0..<resamples).map { _ in draw(&generator) }
  }

  /// As many draws of groups as there are groups. Equal generators draw the same groups of two results on the same examples.
  package func draw(_ generator: inout SplitMix64) -> Double {
    var sum = 0.0
    if sizes.isEmpty {
      for _ in sums.indices { sum += sums[generator.below(sums.count)] }
      return mean + widening * (sum / Double(sums.count) - mean)
    }
    var size = 0.0
    for _ in sums.indices {
      let place = generator.below(sums.count)
      sum += sums[place]
      size += sizes[place]
    }
    return mean + widening * (sum / size - mean)
  }
}
