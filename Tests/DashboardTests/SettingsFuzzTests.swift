import Dashboard
import Fuzzing
import Terminal
import Testing

/// Damaged key bindings and themes: one line that names the file, or what they say.
@Suite struct SettingsFuzzTests {
  private static let keys = Array(
    "[runs]\npause = \"F5\"\nmark = [\"Space\", \"x\"]\n[global]\nquit = 'Ctrl-Q' # x\n".utf8)
  private static let theme = Array(
    "name = \"x\"\ncolorblind_safe = true\nbg = \"#102030\"\ntext = { rgb = \"#ffffff\", c16 = \"white\", mono = \"bold\" }\n"
      .utf8)
  private static let kinds = [
    FuzzCampaign.Kind("keys") { seed in
      var mutation = Mutation(seed: seed, kind: 101)
      let text = String(decoding: mutation.bytes(keys), as: UTF8.self)
      do { _ = try KeysFile.keymap(text, file: "keys.toml") } catch {
        #expect(error is KeysFileError && "\(error)".hasPrefix("keys.toml"), "keys:\(seed): \(error)")
      }
    },
    FuzzCampaign.Kind("theme") { seed in
      var mutation = Mutation(seed: seed, kind: 102)
      let text = String(decoding: mutation.bytes(theme), as: UTF8.self)
      do { _ = try Theme.parse(text, file: "t.toml") } catch {
        #expect("\(error)".hasPrefix("t.toml"), "theme:\(seed): \(error)")
      }
    },
  ]

  @Test func fixedRounds() throws {
    for kind in Self.kinds { for seed in 0..<200 { try kind.round(UInt64(seed)) } }
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
