import Foundation

/// Times from reading a key to the end of its frame's write, in buckets of a tenth of a millisecond.
package struct FrameLatency: Sendable {
  private static let bucketsPerMillisecond = 10.0
  private var buckets = [Int](repeating: 0, count: 20_000)
  package private(set) var count = 0
  private var sum = 0.0
  package private(set) var most = 0.0

  package init() {}

  package mutating func add(milliseconds: Double) {
    guard milliseconds >= 0, milliseconds.isFinite else { return }
    let index = min(buckets.count - 1, Int(milliseconds * Self.bucketsPerMillisecond))
    buckets[index] += 1
    count += 1
    sum += milliseconds
    most = max(most, milliseconds)
  }

  /// Upper edge of the bucket that holds this share of the frames, milliseconds.
  package func percentile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for (index, bucket) in buckets.enumerated() {
      seen += bucket
      if seen >= wanted { return min(most, Double(index + 1) / Self.bucketsPerMillisecond) }
    }
    return most
  }

  /// One JSON object.
  package var report: String {
    func number(_ value: Double) -> String { String(format: "%.2f", value) }
    let mean = count > 0 ? sum / Double(count) : 0
    return
      "{\"frames\": \(count), \"mean_ms\": \(number(mean)), \"p50_ms\": \(number(percentile(0.5))), "
      + "\"p95_ms\": \(number(percentile(0.95))), \"p99_ms\": \(number(percentile(0.99))), \"max_ms\": \(number(most))}\n"
  }
}
