import Dashboard
import Messages
import Recipe
import Testing

@Suite("Vision in the checklist")
struct VisionChecklistTests {
  /// The test model with a tower of two layers of three modules.
  private func snapshot() -> Snapshot {
    var snapshot = TestData.snapshot
    let shape = LinearShape(rows: 192, columns: 192)
    snapshot.model?.linears.vision = BlockLinears(count: 2, shapes: [.qProj: shape, .oProj: shape, .upProj: shape])
    return snapshot
  }

  @Test("a fifth row where the model has a tower, off until it is switched on, and counted")
  func row() throws {
    var state = TestData.state()
    #expect(!state.checklist.rows.contains(.vision))
    #expect(!Render.screen(state).text.contains { $0.contains("V vision") })
    Driver.apply(.snapshot(snapshot()), to: &state)
    #expect(state.checklist.rows.last == .vision && state.setup.targets.isDisjoint(with: .vision))
    state.setup.targets = .qkv
    Driver.type("2", on: &state)
    Driver.press(.down, .down, .down, .down, .down, on: &state)
    #expect(state.checklist.cursor == .vision)
    Driver.press(.right, .left, on: &state)
    #expect(state.checklist.cursor == .vision)
    Driver.type(" ", on: &state)
    #expect(state.setup.targets == [.qkv, .vision])
    let text = Render.screen(state).text
    // 6 modules of rank 8 over 192 and 192.
    #expect(text.contains { $0.contains("V vision") && $0.contains("18.4k") }, "\(text.joined(separator: "\n"))")
    #expect(text.contains { $0.contains("2/5 on") })
    Driver.type("@last:3", on: &state)
    #expect(state.field?.message?.contains("only 2 layers") == true)
    Driver.press(.control("u"), on: &state)
    Driver.type("1", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.setup.targets.label == "qkv+vision@1")
    Driver.type("a", on: &state)
    #expect(state.setup.targets.label == "qkv+o_proj+fc1+fc2+vision@1")
    // Another model, without a tower.
    Driver.apply(.snapshot(TestData.snapshot), to: &state)
    #expect(state.setup.targets == .all && state.checklist.cursor == .group(.qkv))
  }
}
