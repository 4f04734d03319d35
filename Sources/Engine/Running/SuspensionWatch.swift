/// Tells from the times of a measurement's rounds that the program was suspended in the middle of one.
package struct SuspensionWatch {
  private var last: ContinuousClock.Instant
  private var longest: Duration?
  package private(set) var wasSuspended = false

  package init(now: ContinuousClock.Instant) { last = now }

  /// A round that takes more than two seconds and twenty times as long as any before it was not only measured.
  package mutating func round(at now: ContinuousClock.Instant) {
    let taken = now - last
    last = now
    if let longest, taken > .seconds(2), taken > longest * 20 { wasSuspended = true }
    longest = max(longest ?? taken, taken)
  }
}
