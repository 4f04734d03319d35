#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// What this machine can do at most, measured on it: the yardsticks of ``KernelBenchmarks``.
public enum MachineLimits {
  /// Multiply-adds from registers on all threads, in FLOP/s; the best of a few tries.
  public static func fmaPeak(threads: Int, in arithmetic: ProductArithmetic = .float32) -> Double {
    let team = WorkerTeam(threads: threads)
    return (0..<5).map { _ in fmaRate(team, rounds: 1_000_000, in: arithmetic) }.max() ?? 0
  }

  /// Sequential reading of 256 MB by all threads, in B/s; the best of a few tries.
  public static func readBandwidth(threads: Int) -> Double {
    let team = WorkerTeam(threads: threads)
    let memory = FloatBuffer(count: 1 << 26)
    return (0..<5).map { _ in readRate(team, memory) }.max() ?? 0
  }

  /// One measurement of the multiply-add rate, in FLOP/s.
  static func fmaRate(_ team: WorkerTeam, rounds: Int, in arithmetic: ProductArithmetic = .float32) -> Double {
    let (loop, operations) = (arithmetic.value.peak, arithmetic.value.peakOperations)
    let seconds = time(team) { w in
      let sink = w.scratch(floats: 64)
      sink.update(repeating: 0.5, count: 64)
      loop(rounds, sink)
    }
    return Double(rounds * operations * team.threads) / seconds
  }

  /// One measurement of the reading rate, in B/s.
  static func readRate(_ team: WorkerTeam, _ memory: FloatBuffer) -> Double {
    let m = Microkernel.table
    let share = memory.count / team.threads
    let seconds = time(team) { w in
      // Stored, so that the reading cannot be left out.
      w.scratch(floats: 1)[0] = m.read(memory.pointer + w.index * share, share)
    }
    return Double(share * team.threads * 4) / seconds
  }

  /// One measurement of exponentials in the first-level cache, in B/s of values read and written.
  static func exponentialRate(_ team: WorkerTeam, rounds: Int) -> Double {
    let m = Microkernel.table
    let count = 2048
    let seconds = time(team) { w in
      let x = w.scratch(floats: 2 * count)
      for i in 0..<count { x[i] = -Float(i) / 64 }
      for _ in 0..<rounds { _ = m.exponentials(x, x + count, count, 1, 0, nil) }
    }
    return Double(rounds * count * 8 * team.threads) / seconds
  }

  /// Seconds from one barrier, with all workers awake, to the next; of one worker alone, the seconds that it had the
  /// processor, which another program's load does not change.
  static func time(_ team: WorkerTeam, _ body: @Sendable (Worker) -> Void) -> Double {
    let clock = team.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC
    let seconds = FloatBuffer(count: 1)
    team.run { w in
      w.barrier()
      let start = now(clock)
      body(w)
      w.barrier()
      if w.index == 0 { seconds.pointer[0] = Float(now(clock) - start) }
    }
    return Double(seconds.pointer[0])
  }

  private static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
