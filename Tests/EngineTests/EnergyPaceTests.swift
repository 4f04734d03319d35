import Engine
import Testing

@Suite struct EnergyPaceTests {
  /// Seconds of looks, and of steps between them, for steps and looks of so many seconds.
  private func spent(step: Double, look: Double, steps: Int, operations: Double) -> (looks: Int, seconds: Double) {
    var pace = EnergyPace(operations: operations, threads: 1)
    var looks = 0
    for _ in 0..<steps where pace.isDue(after: step) {
      pace.looked(look)
      looks += 1
    }
    return (looks, Double(looks) * look)
  }

  @Test(arguments: [0.002, 0.05, 1.5, 20], [1e-5, 1e-3, 0.05])
  func looksTakeNoMoreThanTheirShare(step: Double, look: Double) {
    let steps = 20_000
    let (looks, seconds) = spent(step: step, look: look, steps: steps, operations: look * 1e9)
    #expect(seconds <= 0.005 * step * Double(steps))
    // Cheap ones come twice a second at most, or at every step.
    #expect(Double(looks) <= max(1, 2 * step * Double(steps)))
    if look < 1e-4 { #expect(looks > 0) }
  }

  /// What is known of the first look is only its number of operations.
  @Test func theFirstLookIsPaidForBeforehand() {
    var pace = EnergyPace(operations: 1e9, threads: 1)
    var seconds = 0.0
    while !pace.isDue(after: 1) { seconds += 1 }
    #expect(seconds >= 100)
  }

  @Test func oneSlowLookDoesNotEndThem() {
    var pace = EnergyPace(operations: 1e5, threads: 1)
    let isDue = pace.isDue(after: 1)
    #expect(isDue)
    pace.looked(10)
    for _ in 0..<3 { pace.looked(1e-4) }
    var steps = 0
    while !pace.isDue(after: 1), steps < 1000 { steps += 1 }
    #expect(steps < 1000)
  }

  @Test func timesThatAreNoneCountNothing() {
    var pace = EnergyPace(operations: 0, threads: 1)
    for seconds in [Double.nan, -5, .infinity] {
      let isDue = pace.isDue(after: seconds)
      #expect(!isDue, "\(seconds)")
    }
  }
}
