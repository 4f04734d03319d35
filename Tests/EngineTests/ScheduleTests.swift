import Engine
import Messages
import Recipe
import Testing

/// Which run starts when: the value by itself, and the estimate that runs it.
@Suite struct ScheduleTests {
  private func schedule(threads: Int, queue: Int) -> Schedule {
    var schedule = Schedule(threads: threads)
    schedule.queue = (0..<queue).map { RunID($0) }
    return schedule
  }

  private func key(_ data: String) -> SpeedMeasurement.Key {
    SpeedMeasurement.Key(
      machine: "m", baseFingerprint: "f", threads: 2, data: .task(name: data), settings: RunSettings())
  }

  /// A run of a kind of which `jobs` go at once.
  private struct Run {
    var jobs: Int
    var shared: Double
    var measuring = 0.0
  }

  private func seconds(threads: Int, _ runs: [Run]) -> Double {
    schedule(threads: threads, queue: runs.count).seconds(
      jobs: { runs[Int($0)].jobs },
      left: { RunTimes(training: runs[Int($0)].shared, measuring: runs[Int($0)].measuring) })
  }

  // MARK: Starting

  @Test func runsStartAsLongAsThereAreThreads() {
    let cases: [(threads: Int, jobs: [Int], started: [Int])] = [
      (4, [1, 1], [4]), (4, [2, 2, 2], [2, 2]), (5, [2, 4, 4, 4], [2, 1, 1, 1]), (5, [4, 4, 4, 2], [1, 1, 1]),
      (5, [2, 1], [2]), (1, [3, 3, 3, 3], [1, 1, 1]), (3, [], []),
    ]
    for (threads, jobs, started) in cases {
      var schedule = schedule(threads: threads, queue: jobs.count)
      let actions = schedule.next(jobs: { jobs[Int($0)] })
      #expect(actions == started.enumerated().map { .start(RunID($0), threads: $1) }, "\(threads) threads, \(jobs)")
      #expect(schedule.queue == (started.count..<jobs.count).map { RunID($0) })
      // Nothing has happened since.
      #expect(schedule.next(jobs: { jobs[Int($0)] }).isEmpty)
    }
  }

  @Test func aRunThatHasAllThreadsEndsBeforeOthersGetTheirShares() {
    var schedule = schedule(threads: 4, queue: 3)
    #expect(schedule.next(jobs: { _ in 1 }) == [.start(0, threads: 4)])
    #expect(schedule.next(jobs: { _ in 2 }).isEmpty)
    schedule.ended(0)
    #expect(schedule.next(jobs: { _ in 2 }) == [.start(1, threads: 2), .start(2, threads: 2)])
  }

  @Test func heldRunsKeepTheirPlacesAndAPausedQueueStartsNone() {
    var schedule = schedule(threads: 2, queue: 3)
    schedule.held = [0]
    schedule.isPaused = true
    #expect(schedule.next(jobs: { _ in 2 }).isEmpty)
    schedule.isPaused = false
    #expect(schedule.waiting == [1, 2])
    #expect(schedule.next(jobs: { _ in 2 }) == [.start(1, threads: 1), .start(2, threads: 1)])
    #expect(schedule.queue == [0])
  }

  // MARK: Measuring

  @Test func latencyHasTheMachineToItself() {
    var schedule = schedule(threads: 2, queue: 2)
    #expect(schedule.next(jobs: { _ in 2 }).count == 2)
    schedule.ended(1)
    schedule.awaiting.insert(1)
    // Run 0 still computes.
    #expect(schedule.next(jobs: { _ in 2 }).isEmpty)
    schedule.ended(0)
    schedule.awaiting.insert(0)
    #expect(schedule.next(jobs: { _ in 2 }) == [.measure(0)])
    #expect(schedule.measuring == 0 && schedule.computing == [0: 2])
    schedule.queue = [2]
    #expect(schedule.next(jobs: { _ in 2 }).isEmpty)
    schedule.ended(0)
    #expect(schedule.next(jobs: { _ in 2 }) == [.measure(1)])
    schedule.ended(1)
    #expect(schedule.next(jobs: { _ in 2 }) == [.start(2, threads: 1)])
  }

  @Test func severalRoundsOfMeasurementsAreCollected() {
    for (jobs, most) in [(1, 1), (2, 8), (3, 12)] {
      var schedule = schedule(threads: jobs, queue: 100)
      var collected = 0
      while case .start(let id, _)? = schedule.next(jobs: { _ in jobs }).first {
        schedule.ended(id)
        schedule.awaiting.insert(id)
        collected = schedule.awaiting.count + schedule.computing.count
      }
      #expect(collected == most, "\(jobs) at once")
    }
  }

  @Test func finishedRunsAreMeasuredBeforeNewOnesStart() {
    var schedule = schedule(threads: 2, queue: 1)
    schedule.remeasures = [7, 8]
    #expect(schedule.next(jobs: { _ in 1 }) == [.measureAgain(7)])
    #expect(schedule.next(jobs: { _ in 1 }).isEmpty && schedule.remeasures == [8])
    schedule.ended(7)
    schedule.remeasures = []
    #expect(schedule.next(jobs: { _ in 1 }) == [.start(0, threads: 2)])
  }

  @Test func aSpeedIsMeasuredWhereManyWaitForIt() {
    let unknown = key("a")
    for (count, isMeasured) in [(3, false), (4, true)] {
      var schedule = schedule(threads: 2, queue: 5)
      // One run of another kind begins.
      let speed: (RunID) -> SpeedMeasurement.Key? = { $0 >= 1 && $0 <= count ? unknown : nil }
      #expect(schedule.next(jobs: { _ in 2 }, unknownSpeed: speed).first == .start(0, threads: 1))
      if isMeasured {
        #expect(schedule.computing.count == 1)
        schedule.ended(0)
        #expect(schedule.next(jobs: { _ in 2 }, unknownSpeed: speed) == [.measureSpeed(unknown)])
        #expect(!schedule.isIdle && schedule.next(jobs: { _ in 2 }, unknownSpeed: speed).isEmpty)
        schedule.measuredSpeed()
        #expect(schedule.next(jobs: { _ in 2 }).count == 2)
      } else {
        #expect(schedule.computing.count == 2)
      }
    }
  }

  @Test func aLookAtABaseWaitsForRunsUnderWayAndGoesBeforeThoseThatWait() {
    var schedule = schedule(threads: 2, queue: 2)
    #expect(schedule.next(jobs: { _ in 1 }) == [.start(0, threads: 2)])
    schedule.looks = [7, 8]
    #expect(schedule.next(jobs: { _ in 1 }).isEmpty)
    schedule.ended(0)
    #expect(schedule.next(jobs: { _ in 1 }) == [.look(7)])
    #expect(!schedule.isIdle && schedule.looks == [8])
    #expect(schedule.next(jobs: { _ in 1 }).isEmpty)
    schedule.isProbing = false
    #expect(schedule.next(jobs: { _ in 1 }) == [.look(8)])
    schedule.isProbing = false
    #expect(schedule.next(jobs: { _ in 1 }) == [.start(1, threads: 2)])
    // The end does not wait for looks that have not begun.
    schedule.looks = [9]
    schedule.finishesThenQuits = true
    schedule.ended(1)
    #expect(schedule.next(jobs: { _ in 1 }) == [.quit])
  }

  @Test func whatIsAskedForComesFirst() {
    var schedule = schedule(threads: 2, queue: 1)
    schedule.isPaused = true
    schedule.speedRequests = [key("a"), key("b")]
    #expect(schedule.next(jobs: { _ in 1 }) == [.measureSpeed(key("a"))])
    schedule.measuredSpeed()
    #expect(schedule.next(jobs: { _ in 1 }) == [.measureSpeed(key("b"))])
    schedule.measuredSpeed()
    #expect(schedule.next(jobs: { _ in 1 }).isEmpty && schedule.isIdle)
  }

  @Test func theEndComesWhenWhatIsUnderWayIsMeasured() {
    var schedule = schedule(threads: 2, queue: 2)
    #expect(schedule.next(jobs: { _ in 1 }) == [.start(0, threads: 2)])
    schedule.finishesThenQuits = true
    #expect(schedule.next(jobs: { _ in 1 }).isEmpty)
    schedule.ended(0)
    schedule.awaiting.insert(0)
    #expect(schedule.next(jobs: { _ in 1 }) == [.measure(0)])
    schedule.ended(0)
    #expect(schedule.next(jobs: { _ in 1 }) == [.quit] && schedule.queue == [1])
  }

  // MARK: Estimates

  @Test func oneAfterAnotherIsTheSum() {
    let run = Run(jobs: 1, shared: 10, measuring: 3)
    #expect(seconds(threads: 2, []) == 0)
    #expect(seconds(threads: 2, [run, run, run]) == 39)
    // One under way, and a measurement that waits.
    var schedule = schedule(threads: 2, queue: 1)
    schedule.begin(1, threads: 2)
    schedule.awaiting = [2]
    let times = [RunTimes(training: 10, measuring: 3), RunTimes(training: 10, measuring: 3), RunTimes(measuring: 2)]
    #expect(schedule.seconds(jobs: { _ in 1 }, left: { times[Int($0)] }) == 28)
  }

  @Test func severalAtOnceShareTheMachineAndMeasureTogether() {
    let run = Run(jobs: 2, shared: 10, measuring: 1)
    #expect(seconds(threads: 2, [run, run]) == 12)
    #expect(seconds(threads: 2, [run, run, run]) == 23)
    // Eight measurements are collected before new runs are held back.
    #expect(seconds(threads: 2, Array(repeating: run, count: 10)) == 60)
    // Runs of unequal length: what is behind does not wait for a pair to end.
    let long = Run(jobs: 2, shared: 30, measuring: 1)
    #expect(seconds(threads: 2, [long, run, run, run]) == 34)
  }

  @Test func aRunThatNeedsAllThreadsWaitsForThoseAtOnce() {
    let small = Run(jobs: 2, shared: 10)
    let large = Run(jobs: 1, shared: 5)
    #expect(seconds(threads: 2, [small, small, large, small]) == 25)
  }

  /// The shares of the threads decide, as they do in the engine, and not the shares of the numbers at once: ½ + 3 × ¼ is more than
  /// one, and 2 + 3 × 1 threads are five.
  @Test func kindsThatGoTogetherInTheEngineGoTogetherInTheEstimate() {
    let two = Run(jobs: 2, shared: 10)
    let four = Run(jobs: 4, shared: 10)
    #expect(seconds(threads: 5, [two, four, four, four]) == 10)
    #expect(seconds(threads: 4, [two, four, four, four]) == 20)
  }
}
