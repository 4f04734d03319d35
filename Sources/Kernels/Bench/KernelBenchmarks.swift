/// Speed of the kernels on this machine, as fractions of its measured limits, for `lorascope bench kernels`.
///
/// Every measurement stands beside one of the limit, so that another program's load falls on both; what is reported are
/// medians.
public enum KernelBenchmarks {
  /// - Parameters:
  ///   - threads: workers
  ///   - rounds: measurements of each kernel
  ///   - progress: told each result as it comes
  public static func run(
    threads: Int, rounds: Int = 7, progress: (KernelMeasurement) -> Void = { _ in }
  ) -> KernelReport {
    let bench = KernelBench(threads: threads, rounds: max(1, rounds))
    var measurements: [KernelMeasurement] = []
    for kernel in kernels {
      let measurement = kernel(bench)
      measurements.append(measurement)
      progress(measurement)
    }
    return KernelReport(
      instructionSet: .current, threads: bench.team.threads, fmaPeak: KernelBench.median(bench.peaks) / 1e9,
      bfloat16Peak: bench.pairPeaks.isEmpty ? nil : KernelBench.median(bench.pairPeaks) / 1e9,
      readBandwidth: KernelBench.median(bench.bandwidths) / 1e9, measurements: measurements)
  }

  private static var kernels: [(KernelBench) -> KernelMeasurement] {
    let rounded: [(KernelBench) -> KernelMeasurement] = [
      { forward($0, 1024, 576, 1536, .bfloat16, in: .bfloat16) },
      { forward($0, 1024, 1536, 576, .bfloat16, in: .bfloat16) },
      { backwardInput($0, 1024, 576, 1536, .bfloat16, in: .bfloat16) },
    ]
    return [
      { forward($0, 1024, 576, 1536, .float32) }, { forward($0, 1024, 576, 1536, .bfloat16) },
      { forward($0, 1024, 1536, 576, .bfloat16) }, { forward($0, 1024, 576, 192, .bfloat16) },
      { forward($0, 1024, 256, 704, .float32) }, { forward($0, 512, 96, 256, .float32) },
      { backwardInput($0, 1024, 576, 1536, .bfloat16) }, { backwardInput($0, 1024, 256, 256, .float32) },
      { lowRankDown($0, 1024, 576, 16) }, { lowRankGradientA($0, 1024, 576, 16) },
      { lowRankGradientB($0, 1024, 1536, 16) }, { attention($0, 9, 3, 64, 1, 1024, backward: false) },
      { attention($0, 9, 3, 64, 1, 1024, backward: true) }, { attention($0, 9, 3, 64, 4, 256, backward: false) },
      { attention($0, 9, 3, 64, 4, 256, backward: true) }, { attention($0, 8, 4, 32, 16, 60, backward: false) },
      { attention($0, 8, 4, 32, 16, 60, backward: true) }, { crossEntropy($0, 1024, 49152) },
      { exponential($0, 2048) },
      { vectorMatrix($0, 1, 576, 49152, .float32) }, { vectorMatrix($0, 1, 576, 49152, .bfloat16) },
    ] + (ProductArithmetic.bfloat16.isAvailable ? rounded : [])
  }

  private static func forward(
    _ bench: KernelBench, _ t: Int, _ inputs: Int, _ outputs: Int, _ element: WeightElement,
    in arithmetic: ProductArithmetic = .float32
  ) -> KernelMeasurement {
    let x = bench.random(t * inputs)
    let y = FloatBuffer(count: t * outputs)
    let weight = bench.weight(outputs, inputs, element)
    let name = arithmetic == .float32 ? "x·Wᵀ, W \(element.rawValue)" : "x·Wᵀ in \(arithmetic.rawValue)"
    return bench.flops(name, "\(t)×\(inputs)×\(outputs)", 2 * t * inputs * outputs, in: arithmetic) { w in
      MatMul.forward(
        w.multiplying(in: arithmetic), x: Rows(x.pointer, rows: t, columns: inputs), weight: weight,
        into: Rows(y.pointer, rows: t, columns: outputs))
    }
  }

  private static func backwardInput(
    _ bench: KernelBench, _ t: Int, _ inputs: Int, _ outputs: Int, _ element: WeightElement,
    in arithmetic: ProductArithmetic = .float32
  ) -> KernelMeasurement {
    let dy = bench.random(t * outputs)
    let dx = FloatBuffer(count: t * inputs)
    let weight = bench.weight(outputs, inputs, element)
    let name = arithmetic == .float32 ? "dy·W, W \(element.rawValue)" : "dy·W in \(arithmetic.rawValue)"
    return bench.flops(name, "\(t)×\(outputs)×\(inputs)", 2 * t * inputs * outputs, in: arithmetic) { w in
      MatMul.backwardInput(
        w.multiplying(in: arithmetic), dy: Rows(dy.pointer, rows: t, columns: outputs), weight: weight,
        into: Rows(dx.pointer, rows: t, columns: inputs))
    }
  }

  private static func lowRankDown(_ bench: KernelBench, _ t: Int, _ inputs: Int, _ rank: Int) -> KernelMeasurement {
    product(bench, "x·Aᵀ", m: t, k: inputs, n: rank, transposeA: false, transposeB: true)
  }

  private static func lowRankGradientA(_ bench: KernelBench, _ t: Int, _ inputs: Int, _ rank: Int) -> KernelMeasurement
  {
    product(bench, "dA = vᵀ·x", m: rank, k: t, n: inputs, transposeA: true, transposeB: false)
  }

  private static func lowRankGradientB(_ bench: KernelBench, _ t: Int, _ outputs: Int, _ rank: Int) -> KernelMeasurement
  {
    product(bench, "dB = dyᵀ·u", m: outputs, k: t, n: rank, transposeA: true, transposeB: false)
  }

  private static func product(
    _ bench: KernelBench, _ name: String, m: Int, k: Int, n: Int, transposeA: Bool, transposeB: Bool
  ) -> KernelMeasurement {
    let a = bench.random(m * k)
    let b = bench.random(k * n)
    let c = FloatBuffer(count: m * n)
    let aRows = transposeA ? Rows(a.pointer, rows: k, columns: m) : Rows(a.pointer, rows: m, columns: k)
    let bRows = transposeB ? Rows(b.pointer, rows: n, columns: k) : Rows(b.pointer, rows: k, columns: n)
    // Only their pointers are used below.
    defer { withExtendedLifetime((a, b, c)) {} }
    return bench.flops(name, "\(m)×\(k)×\(n)", 2 * m * k * n) { w in
      MatMul.product(
        w, a: aRows, transposeA: transposeA, b: bRows, transposeB: transposeB,
        into: Rows(c.pointer, rows: m, columns: n))
    }
  }

  private static func attention(
    _ bench: KernelBench, _ heads: Int, _ kvHeads: Int, _ headSize: Int, _ sequences: Int, _ length: Int, backward: Bool
  ) -> KernelMeasurement {
    let t = sequences * length
    let shape = AttentionShape(heads: heads, kvHeads: kvHeads, headSize: headSize)
    func rows(_ heads: Int) -> (FloatBuffer, Rows) {
      let buffer = bench.random(t * heads * headSize)
      return (buffer, Rows(buffer.pointer, rows: t, columns: heads * headSize))
    }
    let (q, k, v, out, dOut) = (rows(heads), rows(kvHeads), rows(kvHeads), rows(heads), rows(heads))
    let (dQ, dK, dV) = (rows(heads), rows(kvHeads), rows(kvHeads))
    let logSumExp = FloatBuffer(count: t * heads)
    let starts = FloatBuffer(count: sequences + 1)
    let prefix = UnsafeMutableRawPointer(starts.pointer).bindMemory(to: Int32.self, capacity: sequences + 1)
    for s in 0...sequences { prefix[s] = Int32(s * length) }
    // Two products over the pairs that the mask leaves; five backward.
    let pairs = heads * sequences * length * (length + 1) / 2
    let views = [q.1, k.1, v.1, out.1, dOut.1, dQ.1, dK.1, dV.1]
    let forward = { @Sendable (w: Worker) in
      Attention.forward(
        w, q: views[0], k: views[1], v: views[2], into: views[3], logSumExp: logSumExp.pointer, shape: shape,
        sequenceStarts: UnsafeRawPointer(starts.pointer).assumingMemoryBound(to: Int32.self), sequences: sequences)
    }
    let name = "\(heads)/\(kvHeads) heads of \(headSize), \(sequences)×\(length)"
    defer { withExtendedLifetime((q.0, k.0, v.0, out.0, dOut.0, dQ.0, dK.0, dV.0)) {} }
    guard backward else { return bench.flops("attention", name, 4 * pairs * headSize, forward) }
    bench.team.run(forward)
    return bench.flops("attention, backward", name, 10 * pairs * headSize) { w in
      Attention.backward(
        w, dOut: views[4], q: views[0], k: views[1], v: views[2], out: views[3], logSumExp: logSumExp.pointer,
        dQ: views[5], dK: views[6], dV: views[7], shape: shape,
        sequenceStarts: UnsafeRawPointer(starts.pointer).assumingMemoryBound(to: Int32.self), sequences: sequences)
    }
  }

  private static func crossEntropy(_ bench: KernelBench, _ rows: Int, _ vocabulary: Int) -> KernelMeasurement {
    let logits = bench.random(rows * vocabulary)
    let losses = FloatBuffer(count: rows)
    let targets = FloatBuffer(count: rows)
    // Read and written once, at the least.
    let exponentials = (0..<3).map { _ in MachineLimits.exponentialRate(bench.team, rounds: 2000) }.max() ?? 0
    return bench.bytes(
      "cross-entropy in place", "\(rows)×\(vocabulary)", 8 * rows * vocabulary, otherLimit: exponentials
    ) { w in
      CrossEntropy.forwardBackward(
        w, logits: Rows(logits.pointer, rows: rows, columns: vocabulary),
        targets: UnsafeRawPointer(targets.pointer).assumingMemoryBound(to: Int32.self), scale: 1,
        losses: losses.pointer)
    }
  }

  /// Cross-entropy's other limit: exponentials of values that lie in the first-level cache.
  private static func exponential(_ bench: KernelBench, _ count: Int) -> KernelMeasurement {
    bench.bytes("exponential, in cache", "\(count)", 8 * count * bench.team.threads) { w in
      let x = w.scratch(floats: 2 * count)
      _ = Microkernel.table.exponentials(x, x + count, count, 1, 0, nil)
    }
  }

  private static func vectorMatrix(
    _ bench: KernelBench, _ rows: Int, _ inputs: Int, _ outputs: Int, _ element: WeightElement
  ) -> KernelMeasurement {
    let x = bench.random(rows * inputs)
    let y = FloatBuffer(count: rows * outputs)
    let weight = bench.weight(outputs, inputs, element)
    let linears = StreamedLinears([StreamedLinear(weight: weight, column: 0)], rows: rows)
    return bench.bytes("vector·Wᵀ, W \(element.rawValue)", "\(rows)×\(inputs)×\(outputs)", weight.byteCount) { w in
      linears.forward(
        w, x: Rows(x.pointer, rows: rows, columns: inputs), into: Rows(y.pointer, rows: rows, columns: outputs))
    }
  }
}

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

/// What ``KernelBenchmarks`` measured.
public struct KernelReport: Codable, Sendable {
  public var instructionSet: InstructionSet
  public var threads: Int
  /// Multiply-add peak, GFLOP/s: the median over the whole run.
  public var fmaPeak: Double
  /// The same of bfloat16 pairs, where the processor has them.
  public var bfloat16Peak: Double?
  /// Reading bandwidth, GB/s: the median over the whole run.
  public var readBandwidth: Double
  public var measurements: [KernelMeasurement]
}

/// One kernel on one shape.
public struct KernelMeasurement: Codable, Sendable {
  public enum Unit: String, Codable, Sendable {
    case gigaflops = "GFLOP/s"
    case gigabytes = "GB/s"
  }

  public var name: String
  public var shape: String
  /// Median, in ``unit``.
  public var rate: Double
  public var unit: Unit
  /// Median of the ratio to the machine's limit, each measured next to the other.
  public var fractionOfPeak: Double
}
