import Analysis
import Engine
import Foundation
import Fuzzing
import Recipe
import Testing

/// Damaged plans: one line that names the file, or a plan.
@Suite struct PlanFuzzTests {
  private static let original = Array(
    """
    model = "builtin"
    data = ["sentiment", "a.jsonl"] # two
    evaluation_share = 0.1
    combinations = "article"
    seeds = [0, 1]
    match_parameters = 100000
    reuse_finished = true
    [settings]
    rank = 8
    epochs = 2.5
    lr = 1e-3
    [settings_of."a.jsonl"]
    steps = 3
    """.utf8)
  private static let kinds = [
    FuzzCampaign.Kind("plan") { seed in
      var mutation = Mutation(seed: seed, kind: 100)
      let text = String(decoding: mutation.bytes(original), as: UTF8.self)
      do { _ = try SweepPlanFile.read(text: text, URL(fileURLWithPath: "/tmp/plan.toml")) } catch {
        let line = "\(error)"
        #expect(error is Refusal && line.hasPrefix("/tmp/plan.toml"), "plan:\(seed): \(line)")
      }
    }
  ]

  @Test func fixedRounds() throws {
    for seed in 0..<200 { try Self.kinds[0].round(UInt64(seed)) }
  }

  @Test(.enabled(if: FuzzCampaign.setting("SECONDS") != nil))
  func longRun() throws {
    let seconds = try #require(FuzzCampaign.setting("SECONDS").flatMap { Double($0) })
    var campaign = FuzzCampaign()
    try campaign.run(
      Self.kinds, seconds: seconds, seed: FuzzCampaign.setting("SEED").flatMap { UInt64($0) } ?? 1_000,
      journal: FuzzCampaign.setting("JOURNAL") ?? "/dev/null")
    print(campaign.table)
    #expect(campaign.failures.isEmpty, "\(campaign.failures.joined(separator: "; "))")
  }
}
