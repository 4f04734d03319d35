/// The rules of the queue that both the engine and its estimates go by.
package enum SchedulePolicy {
  /// Trained runs that wait for their latency measurement before new ones are held back. With one run at a time each is measured at
  /// once; with several, waiting for the last of them leaves threads idle, so that several rounds are collected.
  package static func mostAwaiting(jobs: Int) -> Int { jobs <= 1 ? 1 : 4 * jobs }

  /// New runs are held back: those under way complete what is collected.
  package static func isDue(awaiting: Int, computing: Int, jobs: Int) -> Bool {
    awaiting > 0 && awaiting + computing >= mostAwaiting(jobs: jobs)
  }

  /// So many runs of a kind have to wait before it is worth measuring whether several go faster at once.
  package static let leastRunsToMeasure = 4
}
