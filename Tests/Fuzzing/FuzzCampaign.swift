import Foundation
import Synchronization

/// Rounds of several kinds for a time: counted by kind, each within ten seconds, memory within bounds.
package struct FuzzCampaign {
  /// A kind of input: what one round with a seed does.
  package struct Kind: Sendable {
    let name: String
    package let round: @Sendable (UInt64) throws -> Void

    package init(_ name: String, _ round: @escaping @Sendable (UInt64) throws -> Void) {
      self.name = name
      self.round = round
    }
  }

  /// Longest time of a round.
  private static let seconds = 10
  /// What a slice of rounds may add to the process's memory. Inputs are of some KiB, so that 20 times an input does not count.
  private static let bytes = 256 << 20
  /// Rounds after which a kind waits for those that take longer, until all have had as many.
  private static let enough = setting("ENOUGH").flatMap { Int($0) } ?? 100_000
  /// A kind's turn before the next one comes.
  private static let slice = Duration.milliseconds(30)

  package var failures: [String] = []
  private var counts: [(name: String, rounds: Int, slowest: Duration, time: Duration)] = []

  package init() {}

  /// Settings by the environment: `LORASCOPE_FUZZ_SECONDS`, `…_SEED`, `…_JOURNAL`, `…_ROUND`, `…_ENOUGH`.
  package static func setting(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["LORASCOPE_FUZZ_" + name]
  }

  /// Runs the kinds in turns until the time is over. The journal's last line names the round that is under way, for after a trap.
  package mutating func run(_ kinds: [Kind], seconds: Double, seed first: UInt64, journal path: String) throws {
    let journal = open(path, O_WRONLY | O_CREAT, 0o644)
    defer { close(journal) }
    // What hangs does not come back to be measured.
    let watch = Watch()
    Thread.detachNewThread {
      while !watch.ended.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 1)
        let late = watch.began.withLock { $0 }
        if let late, ContinuousClock.now - late.at > .seconds(3 * Self.seconds) {
          try? FileHandle.standardError.write(contentsOf: Data("fuzzing: \(late.what) hangs\n".utf8))
          exit(70)
        }
      }
    }
    counts = kinds.map { ($0.name, 0, .zero, .zero) }
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      let fewest = counts.map(\.rounds).min() ?? 0
      for (place, kind) in kinds.enumerated() where fewest >= Self.enough || counts[place].rounds < Self.enough {
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = Self.memory("VmRSS:")
        let start = ContinuousClock.now
        repeat {
          let seed = first + UInt64(counts[place].rounds)
          let what = "\(kind.name):\(seed)"
          let line = Array((what + String(repeating: " ", count: 40) + "\n").utf8)
          _ = pwrite(journal, line, line.count, 0)
          var time = try Self.time(of: kind, seed, what, watch)
          // Another program may have had the processor: what is slow itself is slow again.
          if time > .seconds(Self.seconds) { time = min(time, try Self.time(of: kind, seed, what, watch)) }
          counts[place].rounds += 1
          counts[place].slowest = max(counts[place].slowest, time)
          if time > .seconds(Self.seconds) { failures.append("\(what) takes \(time)") }
        } while ContinuousClock.now - start < Self.slice
        counts[place].time += ContinuousClock.now - start
        let grown = Self.memory("VmHWM:") - before
        if grown > Self.bytes {
          failures.append("\(kind.name): \(grown >> 20) MiB before round \(first + UInt64(counts[place].rounds))")
        }
      }
    }
    watch.ended.store(true, ordering: .relaxed)
  }

  private static func time(of kind: Kind, _ seed: UInt64, _ what: String, _ watch: Watch) throws -> Duration {
    let start = ContinuousClock.now
    watch.began.withLock { $0 = (start, what) }
    defer { watch.began.withLock { $0 = nil } }
    try kind.round(seed)
    return ContinuousClock.now - start
  }

  private final class Watch: Sendable {
    let began = Mutex<(at: ContinuousClock.Instant, what: String)?>(nil)
    let ended = Atomic(false)
  }

  /// A table of rounds by kind.
  package var table: String {
    let rows = counts.map { kind in
      String(
        format: "%@ %10d rounds  %9.1f us each  slowest %8.1f ms",
        kind.name.padding(toLength: 24, withPad: " ", startingAt: 0),
        kind.rounds, 1e6 * Self.seconds(kind.time) / Double(max(1, kind.rounds)), 1e3 * Self.seconds(kind.slowest))
    }
    return (rows + ["all                      \(counts.reduce(0) { $0 + $1.rounds }) rounds"]).joined(separator: "\n")
  }

  private static func seconds(_ time: Duration) -> Double {
    Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  }

  /// Bytes that Linux counts for this process under the name.
  private static func memory(_ name: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return 1024 * (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
  }
}
