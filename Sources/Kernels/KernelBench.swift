/// The workbench of ``KernelBenchmarks``: one team, and the limits measured next to every kernel.
final class KernelBench {
  let team: WorkerTeam
  let rounds: Int
  private(set) var peaks: [Double] = []
  private(set) var pairPeaks: [Double] = []
  private(set) var bandwidths: [Double] = []
  private lazy var memory = FloatBuffer(count: 1 << 25)

  init(threads: Int, rounds: Int) {
    team = WorkerTeam(threads: threads)
    self.rounds = rounds
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  func random(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    for i in 0..<count { buffer.pointer[i] = Float(Dropout.mix(UInt64(i)) >> 40) * 0x1p-23 - 1 }
    return buffer
  }

  func weight(_ rows: Int, _ columns: Int, _ element: WeightElement) -> WeightMatrix {
    let weight = WeightMatrix(rows: rows, columns: columns, element: element)
    let values = random(rows * columns)
    switch element {
    case .float32: weight.base.copyMemory(from: values.pointer, byteCount: weight.byteCount)
    case .bfloat16:
      let halves = weight.base.assumingMemoryBound(to: UInt16.self)
      for i in 0..<values.count { halves[i] = UInt16(values.pointer[i].bitPattern >> 16) }
    }
    return weight
  }

  /// A kernel whose limit is the arithmetic.
  func flops(
    _ name: String, _ shape: String, _ operations: Int, in arithmetic: ProductArithmetic = .float32,
    _ body: @Sendable (Worker) -> Void
  ) -> KernelMeasurement {
    var limits: [Double] = []
    let (rates, fractions) = measure(
      Double(operations), body, limit: { MachineLimits.fmaRate($0.team, rounds: 200_000, in: arithmetic) },
      into: &limits)
    if arithmetic == .float32 { peaks += limits } else { pairPeaks += limits }
    return KernelMeasurement(
      name: name, shape: shape, rate: rates / 1e9, unit: .gigaflops, fractionOfPeak: fractions)
  }

  /// A kernel whose limit is the memory, or another rate in B/s if that is lower.
  func bytes(
    _ name: String, _ shape: String, _ bytes: Int, otherLimit: Double = .infinity, _ body: @Sendable (Worker) -> Void
  ) -> KernelMeasurement {
    let (rates, fractions) = measure(
      Double(bytes), body, limit: { min(otherLimit, MachineLimits.readRate($0.team, $0.memory)) }, into: &bandwidths)
    return KernelMeasurement(
      name: name, shape: shape, rate: rates / 1e9, unit: .gigabytes, fractionOfPeak: fractions)
  }

  private func measure(
    _ work: Double, _ body: @Sendable (Worker) -> Void, limit: (KernelBench) -> Double, into limits: inout [Double]
  ) -> (rate: Double, fraction: Double) {
    // As long as a part of a training step: worker threads have then found their cores.
    let once = max(1e-7, (0..<2).map { _ in MachineLimits.time(team, body) }.min() ?? 0)
    let repetitions = max(1, Int(5e-2 / once))
    var rates: [Double] = []
    var fractions: [Double] = []
    var measured: [Double] = []
    for _ in 0..<rounds {
      let before = limit(self)
      let seconds = MachineLimits.time(team) { w in for _ in 0..<repetitions { body(w) } }
      let after = limit(self)
      let rate = work * Double(repetitions) / seconds
      rates.append(rate)
      fractions.append(2 * rate / (before + after))
      measured += [before, after]
    }
    limits += measured
    return (Self.median(rates), Self.median(fractions))
  }
}
