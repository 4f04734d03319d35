/// Records that no example was made of, counted by reason.
struct LeftOut {
  private var counts: [(reason: String, count: Int)] = []

  mutating func add(_ reason: String) {
    if let index = counts.firstIndex(where: { $0.reason == reason }) {
      counts[index].count += 1
    } else {
      counts.append((reason, 1))
    }
  }

  /// `left out: 6 without an answer, 1 that is in the evaluation set`; nil if there are none.
  var text: String? {
    counts.isEmpty ? nil : "left out: " + counts.map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
  }
}
