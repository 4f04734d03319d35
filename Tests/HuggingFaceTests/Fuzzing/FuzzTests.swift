import Foundation
import Fuzzing
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

  /// A replacement that makes a long text of a short one, and a pattern that goes through all of it at each step.
  @Test(arguments: [(FuzzTarget.pattern, UInt64(10_059_041))])
  func roundsThatHungOnce(_ target: FuzzTarget, _ seed: UInt64) throws { try target.run(seed: seed) }

  @Test(.enabled(if: environment["LORASCOPE_FUZZ_ROUND"] != nil))
  func oneRound() throws {
    let parts = (Self.environment["LORASCOPE_FUZZ_ROUND"] ?? "").split(separator: ":").map(String.init)
    let target = try #require(parts.first.flatMap(FuzzTarget.init(rawValue:)), "a round is called target:seed")
    try target.run(seed: try #require(parts.last.flatMap { UInt64($0) }))
  }

  @Test(.enabled(if: environment["LORASCOPE_FUZZ_SECONDS"] != nil))
  func longRun() throws {
    let seconds = try #require(FuzzCampaign.setting("SECONDS").flatMap { Double($0) })
    var campaign = FuzzCampaign()
    try campaign.run(
      FuzzTarget.allCases.map { target in FuzzCampaign.Kind(target.rawValue) { try target.run(seed: $0) } },
      seconds: seconds, seed: FuzzCampaign.setting("SEED").flatMap { UInt64($0) } ?? 1_000,
      journal: FuzzCampaign.setting("JOURNAL") ?? "/dev/null")
    print(campaign.table)
    #expect(campaign.failures.isEmpty, "\(campaign.failures.joined(separator: "; "))")
  }
}
