import Terminal
import Testing

@Suite struct CanvasDiffTests {
  @Test func equalCanvasesNeedNothing() {
    var canvas = Canvas(width: 20, height: 5)
    canvas.put("same", x: 3, y: 2)
    #expect(CanvasDiff.runs(from: canvas, to: canvas).isEmpty)
  }

  @Test func onlyChangedCellsAreNamed() {
    let old = Canvas(width: 20, height: 3)
    var new = old
    new.put("ab", x: 3, y: 0)
    new.put("c", x: 7, y: 0)
    new[19, 2] = Cell(character: "z")
    #expect(
      CanvasDiff.runs(from: old, to: new) == [
        .init(x: 3, y: 0, count: 2), .init(x: 7, y: 0, count: 1), .init(x: 19, y: 2, count: 1),
      ])
  }

  @Test func aChangedStyleIsAChange() {
    var old = Canvas(width: 4, height: 1)
    old.put("abcd", x: 0, y: 0)
    var new = old
    new.put("bc", x: 1, y: 0, style: Style.plain.selected)
    #expect(CanvasDiff.runs(from: old, to: new) == [.init(x: 1, y: 0, count: 2)])
  }

  @Test func anotherSizeMeansEverything() {
    let runs = CanvasDiff.runs(from: Canvas(width: 4, height: 2), to: Canvas(width: 5, height: 2))
    #expect(runs == [.init(x: 0, y: 0, count: 5), .init(x: 0, y: 1, count: 5)])
    #expect(CanvasDiff.runs(from: nil, to: Canvas(width: 0, height: 0)).isEmpty)
  }

  @Test func wideCharactersAreWrittenWhole() {
    var old = Canvas(width: 6, height: 1)
    old.put("日x", x: 0, y: 0)
    var new = old
    new.put("本", x: 0, y: 0)
    #expect(CanvasDiff.runs(from: old, to: new) == [.init(x: 0, y: 0, count: 2)])
  }

  /// Applying the runs to the old canvas gives the new one, and each run begins and ends with a change.
  @Test(arguments: 0..<20) func runsAreCompleteAndMinimal(seed: Int) {
    var state = UInt64(seed) &* 2_862_933_555_777_941_757 &+ 3_037_000_493
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var old = Canvas(width: 23, height: 7)
    for _ in 0..<60 { old[next(23), next(7)] = Cell(character: "o") }
    var new = old
    for _ in 0..<next(40) { new[next(23), next(7)] = Cell(character: "n", style: Style(.series(next(8)))) }
    var patched = old
    for run in CanvasDiff.runs(from: old, to: new) {
      #expect(old[run.x, run.y] != new[run.x, run.y])
      #expect(old[run.x + run.count - 1, run.y] != new[run.x + run.count - 1, run.y])
      for x in run.x..<run.x + run.count { patched[x, run.y] = new[x, run.y] }
    }
    #expect(patched == new)
  }
}
