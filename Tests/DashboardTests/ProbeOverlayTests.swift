import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

/// The overlay of the probe: asked for once, stopped when nobody waits, drawn at two sizes.
@Suite struct ProbeOverlayTests {
  /// Thirty layers; energies fall with the layer, and o_proj and fc2 are told apart by batches only.
  private static func result(costs: Bool = true) -> ProbeResult {
    let linears = ModelLinears(
      decoder: BlockLinears(
        count: 30,
        shapes: Dictionary(
          uniqueKeysWithValues: LinearModule.split.map { ($0, LinearShape(rows: 64, columns: 64)) })))
    let weights: [LinearModule: Double] = [
      .qProj: 3, .kProj: 2, .vProj: 40, .oProj: 20, .gateProj: 6, .upProj: 9, .downProj: 20,
    ]
    let cells = Targets.all.present(in: linears).map { path in
      let mean = (weights[path.module] ?? 0) * pow(0.8, Double(path.layer))
      return ProbeResult.Cell(
        path: path,
        energies: (0..<4).map { batch in
          let factor = path.module == .downProj ? 1 + 0.1 * (Double(batch) - 1.4) : 1
          return (0..<3).map { mean * factor * (1 + 0.02 * Double($0 - 1)) }
        }, featureNorm: 5 + Double(path.module.index), randomNorm: 8)
    }
    func interval(_ estimate: Double) -> Interval {
      Interval(estimate: estimate, low: estimate - 0.4, high: estimate + 0.4)
    }
    return ProbeResult(
      linears: linears, rank: 8, alpha: 16, seed: 0, batches: 4, starts: 3, examples: 32, lossTokens: 410, loss: 2.317,
      cells: cells,
      costs: costs
        ? ProbeResult.Costs(
          groups: zip(TargetGroup.allCases, [4.3, 1.9, 6.4, 3.6]).map {
            ProbeResult.Cost(group: $0, overheadPercent: interval($1))
          }, all: interval(16.0), coreShare: 1) : nil)
  }

  private func asked(_ effects: [Effect]) -> ProbeRequest? {
    effects.lazy.compactMap { if case .ask(.probe(let request)) = $0 { request } else { nil } }.first
  }

  /// Main with a model and data, nothing under way, and the focus in Modules.
  private func state(_ columns: Int, _ rows: Int) -> DashboardState {
    var state = DashboardState(size: ScreenSize(columns: columns, rows: rows))
    var snapshot = TestData.snapshot
    snapshot.runs.removeAll { $0.state.isActive }
    snapshot.queue = []
    Driver.apply(.snapshot(snapshot), to: &state)
    return state
  }

  private func shows(_ text: String, _ state: DashboardState) -> Bool {
    Render.screen(state).text.contains { $0.contains(text) }
  }

  @Test("w looks once, and shows what was found again without looking")
  func looksOnce() throws {
    var state = state(120, 36)
    let request = try #require(asked(Driver.type("w", on: &state)))
    #expect(request.model == state.snapshot.model?.reference)
    #expect(request.measuresLatency)
    var snapshot = state.snapshot
    snapshot.engine.probe = ProbeProgress(phase: .gradients, fraction: 0.5)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(shows("gradients and features", state))
    snapshot.engine.probe = nil
    Driver.apply(.snapshot(snapshot), to: &state)
    Driver.apply(.reply(.probe(request), .probe(Self.result())), to: &state)
    #expect(shows("not told from", state))
    #expect(Driver.commands(Driver.press(.escape, on: &state)).isEmpty)
    #expect(state.probe?.isOpen == false)
    #expect(asked(Driver.type("w", on: &state)) == nil)
    #expect(state.probe?.isOpen == true)
    #expect(asked(Driver.type("r", on: &state)) == request)
  }

  @Test("Esc stops a look that is under way")
  func stops() {
    var state = state(120, 36)
    Driver.type("w", on: &state)
    #expect(Driver.commands(Driver.press(.escape, on: &state)) == [.stopProbe])
    #expect(state.probe == nil)
    // Until it has ended no other begins, which the engine would refuse.
    var snapshot = state.snapshot
    snapshot.engine.probe = ProbeProgress(phase: .gradients, fraction: 0.5)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(asked(Driver.type("w", on: &state)) == nil && state.probe == nil)
    snapshot.engine.probe = nil
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(asked(Driver.type("w", on: &state)) != nil)
  }

  @Test("while runs are under way the key says why not")
  func waitsForRuns() {
    var state = DashboardState(size: ScreenSize(columns: 120, rows: 36))
    Driver.apply(.snapshot(TestData.snapshot), to: &state)
    #expect(!state.activeRuns.isEmpty)
    #expect(asked(Driver.type("w", on: &state)) == nil)
    #expect(state.notice?.text.contains("nothing else computes") == true)
  }

  @Test("a refusal is shown in its place")
  func refusal() throws {
    var state = state(80, 24)
    let request = try #require(asked(Driver.type("w", on: &state)))
    Driver.apply(.reply(.probe(request), .refused("every gradient is zero")), to: &state)
    #expect(shows("every gradient is zero", state))
    Driver.press(.escape, on: &state)
    #expect(asked(Driver.type("w", on: &state)) == request)
  }

  @Test("drawn", arguments: [(80, 24), (120, 36)])
  func drawn(columns: Int, rows: Int) throws {
    var state = state(columns, rows)
    let request = try #require(asked(Driver.type("w", on: &state)))
    Driver.apply(.reply(.probe(request), .probe(Self.result())), to: &state)
    try Golden.check(state, "probe-\(columns)x\(rows)")
  }
}
