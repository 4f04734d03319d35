import Terminal
import Testing

@Suite struct MemoryScreenTests {
  @Test func keysComeInOrderAndCanvasesAreKept() {
    let screen = MemoryScreen(columns: 10, rows: 2, keys: [.up, .character("q")])
    #expect(screen.nextKey(timeoutMilliseconds: 0) == .up)
    #expect(screen.nextKey(timeoutMilliseconds: -1) == .character("q"))
    #expect(screen.nextKey(timeoutMilliseconds: 10) == nil)
    screen.present(Canvas(width: 10, height: 2), theme: .night)
    screen.copy("row")
    screen.close()
    screen.present(Canvas(width: 10, height: 2), theme: .night)
    #expect(screen.canvases.count == 1 && screen.clipboard == "row" && screen.isClosed)
  }
}
