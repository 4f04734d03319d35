import Kernels
import Testing

extension FloatBuffer {
  func rows(_ rows: Int, _ columns: Int) -> Rows { Rows(pointer, rows: rows, columns: columns) }
}

extension [Float] {
  var doubles: [Double] { map(Double.init) }
}

/// Runs `operation` on fresh outputs at 1, 2 and 3 threads, expects the same bits, and returns them.
func sameBits(
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: (WorkerTeam) -> [Float]
) -> [Float] {
  let one = operation(usedTeam(threads: 1))
  for threads in [2, 3] {
    let other = operation(usedTeam(threads: threads))
    #expect(
      one.map(\.bitPattern) == other.map(\.bitPattern), "bits differ at \(threads) threads",
      sourceLocation: sourceLocation)
  }
  return one
}

/// A team whose scratch memory was used before: what is read of it without having been written spoils results.
func usedTeam(threads: Int) -> WorkerTeam {
  let team = WorkerTeam(threads: threads)
  let floats = 1 << 18
  team.run { w in
    w.scratch(floats: floats).update(repeating: .nan, count: floats)
    let shared = w.sharedScratch(floats: floats)
    if w.index == 0 { shared.update(repeating: .nan, count: floats) }
    w.barrier()
  }
  return team
}

/// A pointer that a region's closure may capture.
///
/// `@unchecked Sendable`: what it points to is not written while the region runs.
struct Pointer<Element>: @unchecked Sendable {
  let value: UnsafePointer<Element>
  init(_ value: UnsafePointer<Element>) { self.value = value }
}
