import Foundation

/// How much of the cores a piece of work had. Workers spin while they wait, so alone on the machine they have all of it; what is missing went to
/// other programs, and a time measured meanwhile is longer by an unknown amount.
struct CoreShare {
  private let threads: Int
  private var wall = 0.0
  private var processor = 0.0

  init(threads: Int) { self.threads = threads }

  /// Processor time over wall time × threads, in 0…1; 1 before anything was counted.
  var value: Double { wall > 0 ? min(1, processor / (wall * Double(threads))) : 1 }

  mutating func counting<Value>(_ work: () throws -> Value) rethrows -> Value {
    let clock = ContinuousClock()
    let (began, before) = (clock.now, Self.processorSeconds)
    defer {
      wall += (clock.now - began) / .seconds(1)
      processor += Self.processorSeconds - before
    }
    return try work()
  }

  /// Of all threads of this program.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
