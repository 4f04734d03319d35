import Analysis
import Messages
import Recipe
import Testing

@Suite struct SkyTaskTests {
  private func yaml(_ data: DataReference, _ change: (inout RunSettings) -> Void = { _ in }) -> [String] {
    let plan = SweepPlan(
      model: .folder(path: "/m/a model"), parts: [.init(data: data, settings: RunSettings(change))],
      combinations: [.oProj], seeds: [0])
    return SkyTask(plan, planPath: "/here/sky.plan.toml", file: "/here/sky.yaml", baseBytes: 7 << 30).yaml
      .split(separator: "\n").map(String.init)
  }

  /// All that the plan names goes along, at the paths that the plan has.
  @Test func whatThePlanNamesIsMounted() {
    let lines = yaml(.file(path: "/d/x.jsonl", evaluation: .file(path: "/d/#y.jsonl"))) { $0.initialAdapter = "/a/b" }
    for line in [
      "  ~/lorascope-study/plan.toml: /here/sky.plan.toml", "  \"/m/a model\": \"/m/a model\"",
      "  /d/x.jsonl: /d/x.jsonl", "  \"/d/#y.jsonl\": \"/d/#y.jsonl\"", "  /a/b: /a/b", "  memory: 16+",
      "  .build/release/lorascope sweep ~/lorascope-study/plan.toml --store ~/lorascope-study/store.sqlite",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("  accelerators:") || $0.contains("pip") })
  }

  @Test func aGPUIsAskedForWhereOneIsUsed() {
    let lines = yaml(.task(name: "cocohd")) { $0.engine = .peft }
    #expect(lines.contains("  accelerators: L4:1") && lines.contains { $0.contains("pip install -q torch") })
    #expect(!lines.contains { $0.contains("cocohd") })
    let cpu = yaml(.task(name: "cocohd")) { ($0.engine, $0.device) = (.peft, .cpu) }
    #expect(!cpu.contains { $0.hasPrefix("  accelerators:") } && cpu.contains { $0.contains("pip install") })
  }
}
