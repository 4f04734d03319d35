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
  let one = operation(WorkerTeam(threads: 1))
  for threads in [2, 3] {
    let other = operation(WorkerTeam(threads: threads))
    #expect(
      one.map(\.bitPattern) == other.map(\.bitPattern), "bits differ at \(threads) threads",
      sourceLocation: sourceLocation)
  }
  return one
}
