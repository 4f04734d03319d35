/// What a region's workers tell the thread that opened it.
///
/// `@unchecked Sendable`: only worker 0 writes, and the fields are read after the region has ended, which orders the two.
final class StepOutcome: @unchecked Sendable {
  var lossSum = 0.0
  var gradientNorm = 0.0
  var updated = false
}
