import Foundation
import Testing
import Transformer

/// Damaged files of every kind: a clear error or a right result, never a trap.
///
/// `scripts/fuzz` runs on from the fixed rounds for as long as it is told. Each round is noted before it begins, so that after a
/// trap the journal's last line names it.
@Suite struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test(arguments: FuzzTarget.allCases)
  func fixedRounds(_ target: FuzzTarget) throws {
    for seed in 0..<40 { try target.run(seed: UInt64(seed)) }
  }

  @Test(.enabled(if: environment["LORASCOPE_FUZZ_ROUND"] != nil))
  func oneRound() throws {
    let parts = (Self.environment["LORASCOPE_FUZZ_ROUND"] ?? "").split(separator: ":").map(String.init)
    let target = try #require(parts.first.flatMap(FuzzTarget.init(rawValue:)), "a round is called target:seed")
    try target.run(seed: try #require(parts.last.flatMap { UInt64($0) }))
  }

  @Test(.enabled(if: environment["LORASCOPE_FUZZ_SECONDS"] != nil))
  func longRun() throws {
    let seconds = try #require(Self.environment["LORASCOPE_FUZZ_SECONDS"].flatMap { Double($0) })
    let first = Self.environment["LORASCOPE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1_000
    let journal = try #require(Self.environment["LORASCOPE_FUZZ_JOURNAL"].map { open($0, O_WRONLY | O_CREAT, 0o644) })
    defer { close(journal) }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var seed = first
    while clock.now < end {
      for target in FuzzTarget.allCases {
        let line = Array("\(target.rawValue):\(seed)                \n".utf8)
        #expect(pwrite(journal, line, line.count, 0) == line.count)
        try target.run(seed: seed)
      }
      seed += 1
    }
    print("fuzzing: \(seed - first) rounds of \(FuzzTarget.allCases.count) kinds of files")
  }
}
