import Messages

/// Which run starts when, and with how many threads: a value that takes facts and returns actions. It knows no clock, no bus and no
/// runner, so that the engine, which carries the actions out, and the estimates, which only add up their times, go by the same rules.
package struct Schedule: Sendable {
  package enum Action: Hashable, Sendable {
    case start(RunID, threads: Int)
    /// Measures the latency of a trained run, with the machine to itself.
    case measure(RunID)
    /// The same for a finished run.
    case measureAgain(RunID)
    /// Measures how fast a kind of runs goes.
    case measureSpeed(SpeedMeasurement.Key)
    /// Looks at the base of a search, with the machine to itself.
    case look(SearchID)
    /// Everything that was to be finished before the end is.
    case quit
  }

  /// So many runs of a kind have to wait before it is worth measuring whether several go faster at once.
  static let leastRunsToMeasure = 4

  /// Of all runs together.
  package let threads: Int
  /// Waiting runs in the order in which they start.
  package var queue: [RunID] = []
  /// Those of them that an earlier start has left: they stay where they are until someone resumes them.
  package var held: Set<RunID> = []
  /// No waiting run starts.
  package var isPaused = false
  /// No waiting run starts any more, and the end comes when those under way are through.
  package var finishesThenQuits = false
  /// Finished runs whose latency waits to be measured again, in order.
  package var remeasures: [RunID] = []
  /// Searches whose base waits to be looked at, in order.
  package var looks: [SearchID] = []
  /// Kinds of runs whose speed was asked for, in order.
  package var speedRequests: [SpeedMeasurement.Key] = []
  /// Trained runs whose latency waits to be measured.
  package var awaiting: Set<RunID> = []
  /// The runs that compute, each with its threads.
  package private(set) var computing: [RunID: Int] = [:]
  /// The one of them whose latency is being measured.
  package private(set) var measuring: RunID?
  package private(set) var measuringSpeed: SpeedMeasurement.Key?
  /// A base is being looked at, or a fleet measured, which has the machine to itself.
  package var isProbing = false
  /// Trained runs are being measured, one after the other, and no new ones start.
  private var isDraining = false

  package init(threads: Int) { self.threads = max(1, threads) }

  package var isIdle: Bool { computing.isEmpty && measuringSpeed == nil && !isProbing }

  /// Those that start by themselves, in order.
  package var waiting: [RunID] { held.isEmpty ? queue : queue.filter { !held.contains($0) } }

  /// The threads of one run of a kind of which so many go at once. It does not depend on how many others there are at the moment: more
  /// threads than cores would make every barrier wait for a thread that is not running.
  package func share(jobs: Int) -> Int { max(1, threads / max(1, jobs)) }

  // MARK: Facts

  /// Takes a run out of the queue.
  package mutating func dequeue(_ id: RunID) {
    if queue.first == id { queue.removeFirst() } else { queue.removeAll { $0 == id } }
    held.remove(id)
  }

  /// A run computes from now on.
  package mutating func begin(_ id: RunID, threads: Int, isMeasuring: Bool = false) {
    computing[id] = threads
    if isMeasuring { measuring = id }
  }

  /// A run gave the machine back.
  package mutating func ended(_ id: RunID) {
    computing[id] = nil
    if measuring == id { measuring = nil }
  }

  package mutating func measuredSpeed() { measuringSpeed = nil }

  // MARK: Actions

  /// What is to be done now; nothing means waiting for the next fact. What it returns counts as done.
  ///
  /// - Parameters:
  ///   - jobs: runs of a run's kind that go at once.
  ///   - unknownSpeed: a run's kind, where that number depends on speeds that are yet to be measured.
  package mutating func next(
    jobs: (RunID) -> Int, unknownSpeed: (RunID) -> SpeedMeasurement.Key? = { _ in nil }
  ) -> [Action] {
    guard measuringSpeed == nil, !isProbing else { return [] }
    if isMeasurementDue(jobs) {
      guard computing.isEmpty, let id = awaiting.min() else { return [] }
      awaiting.remove(id)
      begin(id, threads: threads, isMeasuring: true)
      return [.measure(id)]
    }
    if finishesThenQuits { return computing.isEmpty ? [.quit] : [] }
    // What a person asks for comes before new runs, as soon as those under way are through.
    if let id = remeasures.first {
      guard computing.isEmpty else { return [] }
      remeasures.removeFirst()
      begin(id, threads: threads, isMeasuring: true)
      return [.measureAgain(id)]
    }
    if let search = looks.first {
      guard computing.isEmpty else { return [] }
      looks.removeFirst()
      isProbing = true
      return [.look(search)]
    }
    // TPOT has the machine to itself.
    if measuring != nil { return [] }
    if computing.isEmpty, let key = speedRequests.first { return measureSpeed(key) }
    return isPaused ? [] : startWaiting(jobs, unknownSpeed)
  }

  private var first: RunID? { held.isEmpty ? queue.first : queue.first { !held.contains($0) } }

  /// With one run at a time each is measured at once; with several, waiting for the last of them leaves threads idle, so that several
  /// rounds are collected before new runs are held back.
  private mutating func isMeasurementDue(_ jobs: (RunID) -> Int) -> Bool {
    guard !awaiting.isEmpty else {
      isDraining = false
      return false
    }
    guard let first, !isPaused, !finishesThenQuits else {
      isDraining = true
      return true
    }
    let atOnce = jobs(first)
    if awaiting.count + computing.count >= (atOnce <= 1 ? 1 : 4 * atOnce) { isDraining = true }
    return isDraining
  }

  private mutating func measureSpeed(_ key: SpeedMeasurement.Key) -> [Action] {
    speedRequests.removeAll { $0 == key }
    measuringSpeed = key
    return [.measureSpeed(key)]
  }

  /// Waiting runs in their order, as long as there are threads for them.
  private mutating func startWaiting(
    _ jobs: (RunID) -> Int, _ unknownSpeed: (RunID) -> SpeedMeasurement.Key?
  ) -> [Action] {
    var actions: [Action] = []
    while let id = first {
      let atOnce = jobs(id)
      let share = share(jobs: atOnce)
      let busy = computing.values.reduce(0, +)
      // After the number of runs at once has changed, a run that has all threads must end before others get their shares.
      guard computing.isEmpty || computing.count < atOnce && busy + share <= max(threads, atOnce) else { break }
      // What is not known yet is measured when the machine is free.
      if let key = unknownSpeed(id), isWorthMeasuring(key, unknownSpeed) {
        return computing.isEmpty ? measureSpeed(key) : actions
      }
      dequeue(id)
      begin(id, threads: share)
      actions.append(.start(id, threads: share))
    }
    return actions
  }

  private func isWorthMeasuring(
    _ key: SpeedMeasurement.Key, _ unknownSpeed: (RunID) -> SpeedMeasurement.Key?
  ) -> Bool {
    var count = 0
    for id in waiting where unknownSpeed(id) == key {
      count += 1
      if count == Self.leastRunsToMeasure { return true }
    }
    return false
  }

  // MARK: Estimates

  /// Seconds until all that runs and waits is done, from what is left of each: the same rules, and instead of a clock the next end.
  package func seconds(jobs: (RunID) -> Int, left: (RunID) -> RunTimes) -> Double {
    var schedule = self
    var now = 0.0
    var ends: [RunID: Double] = [:]
    for id in computing.keys { ends[id] = id == measuring ? left(id).measuring : left(id).shared }
    while true {
      for action in schedule.next(jobs: jobs) {
        switch action {
        case .start(let id, _): ends[id] = now + left(id).shared
        case .measure(let id), .measureAgain(let id): ends[id] = now + left(id).measuring
        // How long that takes is not known before.
        case .measureSpeed: schedule.measuredSpeed()
        case .look: schedule.isProbing = false
        case .quit: return now
        }
      }
      // Of two that end at once the one that began first comes first.
      guard let next = ends.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return now }
      ends[next.key] = nil
      now = next.value
      if schedule.measuring != next.key, left(next.key).measuring > 0 { schedule.awaiting.insert(next.key) }
      schedule.ended(next.key)
    }
  }
}
