/// When a training looks at its adapter's energy: as often as a small share of its time pays for, by what a look has cost so far.
///
/// A value without a clock: it is told seconds.
package struct EnergyPace: Sendable {
  /// Of the time of training that looks may take together. With what storing and drawing them takes it stays under half a percent.
  static let share = 0.004
  /// Nobody sees more than two pictures a second.
  static let leastSeconds = 0.5
  /// Of an event on its way to the store and the screen.
  private static let handling = 0.0002
  /// A thread's multiplications a second, taken low: the first look must not be the one that costs too much.
  private static let operationsPerSecond = 5e8

  /// Seconds that a look is expected to take.
  private(set) var cost: Double
  private var earned = 0.0
  private var looks = 0

  /// - Parameter operations: of a look, as `ModuleEnergy.operations` counts them.
  package init(operations: Double, threads: Int) {
    cost = operations / (Self.operationsPerSecond * Double(max(1, threads)))
  }

  /// - Parameter seconds: of one more step.
  /// - Returns: whether a look is due now.
  package mutating func isDue(after seconds: Double) -> Bool {
    earned += seconds.isFinite ? max(0, seconds) : 0
    return earned >= Self.leastSeconds && cost + Self.handling <= Self.share * earned
  }

  /// A look took so many seconds.
  package mutating func looked(_ seconds: Double) {
    let seconds = seconds.isFinite ? max(0, seconds) : cost
    // One that was held up by something else counts half.
    cost = looks == 0 ? seconds : (cost + seconds) / 2
    looks += 1
    earned = 0
  }
}
