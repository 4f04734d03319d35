/// What must be written to turn one canvas into another: runs of changed cells. The only way to the terminal.
public enum CanvasDiff {
  public struct Run: Equatable, Sendable {
    public var x: Int
    public var y: Int
    public var count: Int

    public init(x: Int, y: Int, count: Int) {
      self.x = x
      self.y = y
      self.count = count
    }
  }

  /// Runs of cells that differ; all rows in full when there is no old canvas or it has another size. A changed half of a wide character
  /// takes the other half with it.
  public static func runs(from old: Canvas?, to new: Canvas) -> [Run] {
    guard let old, old.width == new.width, old.height == new.height else {
      return new.width == 0 ? [] : (0..<new.height).map { Run(x: 0, y: $0, count: new.width) }
    }
    var runs: [Run] = []
    let width = new.width
    old.cells.withUnsafeBufferPointer { before in
      new.cells.withUnsafeBufferPointer { after in
        for y in 0..<new.height {
          let row = y * width
          var x = 0
          while x < width {
            if before[row + x] == after[row + x] {
              x += 1
              continue
            }
            var start = x
            while x < width && before[row + x] != after[row + x] { x += 1 }
            while start > 0 && after[row + start].scalar == Cell.continuation { start -= 1 }
            while x < width && after[row + x].scalar == Cell.continuation { x += 1 }
            runs.append(Run(x: start, y: y, count: x - start))
          }
        }
      }
    }
    return runs
  }
}
