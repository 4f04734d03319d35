import Dashboard
import Messages
import Recipe
import Testing

/// The checklist and the sweep have the rows and combinations of the chosen model's module groups.
@Suite struct ModuleGroupsTests {
  /// A model whose blocks have short convolutions, but for the last.
  private static let hybrid: ModelSummary = {
    var model = TestData.model
    model.reference = .folder(path: "/models/hybrid")
    let attention: [LinearModule] = [.qProj, .kProj, .vProj, .oProj]
    var places: [LinearModule: [Int]] = [.convInProj: Array(0..<31), .convOutProj: Array(0..<31)]
    for module in attention { places[module] = [31] }
    var shapes = model.linears.decoder.shapes
    shapes[.convInProj] = LinearShape(rows: 2880, columns: 960)
    shapes[.convOutProj] = LinearShape(rows: 960, columns: 960)
    model.linears.decoder = BlockLinears(count: 32, shapes: shapes, places: places)
    return model
  }()

  private func follow(_ model: ModelSummary, _ state: inout DashboardState) {
    var snapshot = state.snapshot
    snapshot.model = model
    Driver.apply(.snapshot(snapshot), to: &state)
  }

  @Test func rowsAndCombinationsAreTheModels() {
    var state = TestData.state()
    let before = (rows: state.checklist.rows, targets: state.setup.targets)
    #expect(before.rows == TargetGroup.article.map { .group($0) } && state.sweep.combinations == Targets.fifteen)
    #expect(state.sweep.presetTitle == "all 15")

    follow(Self.hybrid, &state)
    #expect(state.checklist.rows == before.rows + [.group(.conv)])
    #expect(state.sweep.combinations.count == 31 && state.sweep.preset == .all && state.sweep.presetTitle == "all 31")
    #expect(state.sweepPlan?.combinations.count == 31)
    // At rank 8 of 31 layers: in 2880 + 960, out 960 + 960.
    #expect(state.adapterParameters(.conv) == 8 * 31 * (3840 + 1920))
    #expect(state.code([.qkv, .conv]) == "11 Q···C")
    state.setup.targets = [.oProj, .conv]
    state.checklist.cursor = .group(.conv)

    follow(TestData.model, &state)
    #expect(state.checklist.rows == before.rows && state.checklist.cursor == .group(.qkv))
    #expect(state.setup.targets == .oProj && state.sweep.included == Set(Targets.fifteen))
  }

  @Test func whatIsIncludedStaysAsFarAsTheModelHasIt() {
    var state = TestData.state()
    follow(Self.hybrid, &state)
    state.sweep.included = [.oProj, [.oProj, .conv], .conv]
    state.sweep.selected = .conv
    follow(TestData.model, &state)
    #expect(state.sweep.included == [.oProj] && state.sweep.combinations.contains(state.sweep.selected))
    follow(Self.hybrid, &state)
    #expect(state.sweep.included == [.oProj] && state.sweep.preset == .custom)
  }

  @Test(arguments: [(80, 24), (120, 36)])
  func theChecklistShowsFiveRows(columns: Int, rows: Int) {
    var state = TestData.state(columns: columns, rows: rows)
    follow(Self.hybrid, &state)
    #expect(Render.screen(state).text.contains { $0.contains("C conv") })
  }
}
