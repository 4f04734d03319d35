import Foundation

/// Which sequences of a batch have which adapters: the four workloads of Punica (arXiv 2310.18547, section 7).
public enum AdapterMix: String, Codable, CaseIterable, Hashable, Sendable {
  /// Each sequence has an adapter of its own.
  case distinct
  /// Each sequence draws one of as many adapters as there are sequences, all alike.
  case uniform
  /// Each sequence draws, the k-th adapter with a probability in proportion to 1/k (Zipf's law).
  case skewed
  /// All sequences have the same one.
  case identical

  /// The adapter of each of so many sequences, among as many adapters, counted from 0. The same seed draws the same.
  public func draw(sequences: Int, seed: UInt64) -> [Int] {
    let count = max(0, sequences)
    switch self {
    case .distinct: return Array(0..<count)
    case .identical: return Array(repeating: 0, count: count)
    case .uniform:
      var generator = SplitMix64(seed: seed, stream: Self.stream)
      return (0..<count).map { _ in generator.below(count) }
    case .skewed:
      var generator = SplitMix64(seed: seed, stream: Self.stream)
      var sums: [Double] = []
      for rank in 0..<count { sums.append((sums.last ?? 0) + 1 / Double(rank + 1)) }
      let whole = sums.last ?? 1
      return (0..<count).map { _ in
        let point = generator.uniform() * whole
        return sums.firstIndex { point < $0 } ?? count - 1
      }
    }
  }

  /// Different adapters that `draw` gives to so many sequences.
  public func different(sequences: Int, seed: UInt64) -> Int { Set(draw(sequences: sequences, seed: seed)).count }

  private static let stream: UInt64 = 0xF1EE7
}
