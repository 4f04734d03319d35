import Analysis
import Messages
import Recipe
import Training

/// How long the parts of one run take, seconds.
package struct RunTimes: Hashable, Sendable {
  package var preparing = 0.0
  package var training = 0.0
  package var evaluating = 0.0
  /// With the machine to itself.
  package var measuring = 0.0

  package init(preparing: Double = 0, training: Double = 0, evaluating: Double = 0, measuring: Double = 0) {
    self.preparing = preparing
    self.training = training
    self.evaluating = evaluating
    self.measuring = measuring
  }

  /// What can go on beside other runs.
  package var shared: Double { preparing + training + evaluating }
}

/// How long runs will take here: from finished runs where there are some, else from measured speeds; where there are both, the runs
/// correct the speeds. Everything that it says is an estimate.
package struct TimeModel: Sendable {
  let machine: String
  /// Of all runs together.
  let threads: Int
  let speeds: [SpeedMeasurement.Key: SpeedMeasurement]
  /// Hashes of the bases that were read, by what they are called.
  let fingerprints: [ModelReference: String]
  /// A number of runs at once that a person gave; nil takes what is faster.
  let fixedJobs: Int?
  private var finished: [RunPlan: [RunSummary]]

  package init(
    machine: String, threads: Int, speeds: [SpeedMeasurement.Key: SpeedMeasurement],
    fingerprints: [ModelReference: String], fixedJobs: Int?, runs: [RunSummary]
  ) {
    self.machine = machine
    self.threads = max(1, threads)
    self.speeds = speeds
    self.fingerprints = fingerprints
    self.fixedJobs = fixedJobs
    finished = Self.finished(runs, on: machine)
  }

  /// The same with the times of these runs.
  package func learning(from runs: [RunSummary]) -> TimeModel {
    var model = self
    model.finished = Self.finished(runs, on: machine)
    return model
  }

  /// What earlier versions stored names no machine: it counts as this one.
  private static func finished(_ runs: [RunSummary], on machine: String) -> [RunPlan: [RunSummary]] {
    let here = runs.filter { run in
      run.state == .done && run.wallSeconds != nil && (run.prepared?.machine ?? machine) == machine
    }
    return Dictionary(grouping: here) { $0.plan.withoutTargets }
  }

  // MARK: Speeds

  package func key(_ plan: RunPlan) -> SpeedMeasurement.Key? {
    fingerprints[plan.model].map {
      SpeedMeasurement.Key(
        machine: machine, baseFingerprint: $0, threads: threads, data: plan.data, settings: plan.settings)
    }
  }

  /// What was measured for a run's kind; for the base's evaluation, of any kind on its data.
  func speed(_ plan: RunPlan) -> SpeedMeasurement? {
    // How long a search takes nobody knows before; how fast another engine is, no measurement of this one says.
    if plan.pruning != nil || plan.settings.engine != .lorascope { return nil }
    if !plan.isBaseline {
      return key(plan).flatMap { speeds[$0] }.flatMap { $0.examplesPerRecord == nil ? nil : $0 }
    }
    guard let fingerprint = fingerprints[plan.model] else { return nil }
    return speeds.values.filter { measured in
      measured.key.machine == machine && measured.key.baseFingerprint == fingerprint
        && measured.key.threads == threads && measured.key.data == plan.data && measured.examplesPerRecord != nil
    }.max { $0.time < $1.time }
  }

  /// Runs of a plan's kind that go at once.
  package func jobs(_ plan: RunPlan) -> Int {
    if let fixedJobs { return max(1, fixedJobs) }
    guard let speed = speed(plan) else { return 1 }
    let like = plan.isBaseline ? Targets.all : plan.targets
    return SpeedArithmetic.jobs(
      speed, like, steps: plan.isBaseline ? 0 : steps(plan, speed), examples: examples(plan, speed))
  }

  // MARK: Times

  /// Nil where neither runs nor speeds say anything.
  package func times(_ plan: RunPlan) -> RunTimes? {
    if plan.pruning != nil { return nil }
    return plan.isBaseline ? baselineTimes(plan) : times(plan, jobs: jobs(plan))
  }

  /// Seconds of one training step with all threads; nil where neither speeds nor runs say it.
  func stepSeconds(_ plan: RunPlan) -> Double? {
    if let speed = speed(plan), let way = SpeedArithmetic.speed(speed, plan.targets, jobs: 1) { return way.step }
    guard let run = finished[plan.withoutTargets]?.last, run.totalSteps > 0 else { return nil }
    return observed(run, jobs: 1).training / Double(run.totalSteps)
  }

  /// Finished runs that the times of a plan come from.
  package func basis(_ plan: RunPlan) -> Int {
    let alike = finished[plan.withoutTargets] ?? []
    let same = alike.filter { $0.plan.targets == plan.targets }
    return same.isEmpty ? alike.count : same.count
  }

  /// By how much runs of a plan's kind took longer or shorter than their like lets expect: twice the standard deviation as a share. Nil with
  /// fewer than three runs that can be set against something.
  package func spread(_ plan: RunPlan) -> Double? {
    let alike = finished[plan.withoutTargets] ?? []
    let jobs = jobs(plan)
    // Against the measured speeds, which know how sets differ; without them, seeds of one set against their mean.
    var ratios = alike.compactMap { run -> Double? in
      guard let said = predicted(run.plan, jobs: jobs), said.shared > 0 else { return nil }
      return observed(run, jobs: jobs).shared / said.shared
    }
    if ratios.isEmpty {
      let same = alike.filter { $0.plan.targets == plan.targets }
      ratios = same.map { observed($0, jobs: jobs).shared }
    }
    guard ratios.count > 2 else { return nil }
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    let variance = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(ratios.count - 1)
    return mean > 0 ? 2 * variance.squareRoot() / mean : nil
  }

  /// What other programs left of the cores when a plan's speed was measured, where its times come from that alone and it was too little.
  package func busyShare(_ plan: RunPlan) -> Double? {
    guard finished[plan.withoutTargets] == nil, let speed = speed(plan), speed.isBusy else { return nil }
    return speed.coreShare
  }

  private func times(_ plan: RunPlan, jobs: Int) -> RunTimes? {
    let alike = finished[plan.withoutTargets] ?? []
    let same = alike.filter { $0.plan.targets == plan.targets }
    let predicted = predicted(plan, jobs: jobs)
    if !same.isEmpty { return Self.mean(same.map { observed($0, jobs: jobs) }) }
    if let predicted {
      // Runs of other sets say how far the measured speeds are off.
      let pairs = alike.compactMap { run in
        self.predicted(run.plan, jobs: jobs).map { (observed(run, jobs: jobs), $0) }
      }
      return pairs.isEmpty ? predicted : Self.corrected(predicted, pairs)
    }
    return alike.isEmpty ? nil : Self.mean(alike.map { observed($0, jobs: jobs) })
  }

  private func baselineTimes(_ plan: RunPlan) -> RunTimes? {
    if let same = finished[plan.withoutTargets]?.last { return observed(same, jobs: 1) }
    guard let speed = speed(plan) else { return nil }
    var times = RunTimes()
    times.preparing = speed.preparingSeconds
    let alone = SpeedArithmetic.speed(speed, .all, jobs: 1)?.example ?? 0
    let beside = SpeedArithmetic.speed(speed, .all, jobs: jobs(plan))?.example ?? alone
    times.evaluating =
      answers(plan, speed) * speed.baseSecondsPerExample * (alone > 0 ? beside / alone : 1)
    return times
  }

  /// The evaluation of the base in plain answers: a prompt's options take as long as `FormatFreeEvaluation.answersPerChoice` of them, and with
  /// examples before its prompt an answer takes about as long as one for each of them.
  private func answers(_ plan: RunPlan, _ speed: SpeedMeasurement) -> Double {
    let count = examples(plan, speed)
    let shots = plan.settings.fewShot ?? FormatFreeScores.usualShots
    return Double(
      count + FormatFreeEvaluation.answersPerChoice * min(count, FormatFreeEvaluation.mostChoices)
        + shots * min(count, FormatFreeEvaluation.mostAnswers))
  }

  /// From measured speeds alone.
  private func predicted(_ plan: RunPlan, jobs: Int) -> RunTimes? {
    guard let speed = speed(plan) else { return nil }
    let way = SpeedArithmetic.speed(speed, plan.targets, jobs: jobs) ?? scaled(speed, plan.targets, jobs: jobs)
    guard let way else { return nil }
    var times = RunTimes()
    times.preparing = speed.preparingSeconds
    let steps = steps(plan, speed)
    times.training = way.step * (Double(steps) + heldOutSteps(plan, speed, of: steps))
    times.evaluating = way.example * Double(examples(plan, speed))
    if plan.settings.measureLatency { times.measuring = speed.latencySeconds }
    return times
  }

  /// What the held-out losses of a run take, in steps: a forward pass over their tokens, which is about half of a step over as many.
  private func heldOutSteps(_ plan: RunPlan, _ speed: SpeedMeasurement, of steps: Int) -> Double {
    guard speed.tokensPerStep > 0 else { return 0 }
    let held = plan.data.isBuiltin || plan.settings.tuningShare != nil ? Int.max : speed.evaluationExamples
    let tokens = Double(min(HeldOutLoss.mostExamples, held)) * speed.tokensPerExample
    return Double(HeldOutSteps(every: plan.settings.evalEvery, of: steps).count) * 0.5 * tokens / speed.tokensPerStep
  }

  /// A number of runs at once that was not measured: the machine does as much as with the nearest that was.
  private func scaled(
    _ speed: SpeedMeasurement, _ targets: Targets, jobs: Int
  ) -> (step: Double, example: Double)? {
    let nearest = speed.ways.map(\.jobs).min { abs($0 - jobs) < abs($1 - jobs) }
    guard let nearest, let way = SpeedArithmetic.speed(speed, targets, jobs: nearest) else { return nil }
    let factor = Double(jobs) / Double(nearest)
    return (way.step * factor, way.example * factor)
  }

  /// What a finished run took, as it would be with so many runs at once.
  private func observed(_ run: RunSummary, jobs: Int) -> RunTimes {
    var times = RunTimes()
    // A run's steps are read from the store only where it does not know its phases: thousands of them may be in it.
    let training = run.phases.flatMap { $0.training > 0 ? $0.training : nil } ?? Double(run.elapsed.last ?? 0)
    if let phases = run.phases {
      times.preparing = phases.preparing
      times.training = training
      times.evaluating = phases.evaluating
      times.measuring = phases.measuring
    } else {
      times.training = training
      times.evaluating = max(0, (run.wallSeconds ?? training) - training)
    }
    if !run.plan.settings.measureLatency { times.measuring = 0 }
    let before = max(1, threads / max(1, run.prepared?.threads ?? threads))
    guard before != jobs else { return times }
    let then = predicted(run.plan, jobs: before)
    let now = predicted(run.plan, jobs: jobs)
    let even = Double(jobs) / Double(before)
    func factor(_ part: KeyPath<RunTimes, Double>) -> Double {
      guard let then = then?[keyPath: part], let now = now?[keyPath: part], then > 0, now > 0 else { return even }
      return now / then
    }
    times.training *= factor(\.training)
    times.evaluating *= factor(\.evaluating)
    return times
  }

  private static func mean(_ times: [RunTimes]) -> RunTimes {
    let count = Double(max(1, times.count))
    var sum = RunTimes()
    for part in parts { sum[keyPath: part] = times.reduce(0) { $0 + $1[keyPath: part] } / count }
    return sum
  }

  private static func corrected(_ times: RunTimes, _ pairs: [(observed: RunTimes, predicted: RunTimes)]) -> RunTimes {
    var result = times
    for part in parts {
      let seen = pairs.reduce(0) { $0 + $1.observed[keyPath: part] }
      let said = pairs.reduce(0) { $0 + $1.predicted[keyPath: part] }
      if seen > 0, said > 0 { result[keyPath: part] *= seen / said }
    }
    return result
  }

  private static let parts: [WritableKeyPath<RunTimes, Double> & Sendable] = [
    \.preparing, \.training, \.evaluating, \.measuring,
  ]

  // MARK: Counts

  private func steps(_ plan: RunPlan, _ speed: SpeedMeasurement) -> Int {
    let all = Double(speed.trainingExamples)
    let asked = plan.settings.trainingExamples.map { count in
      Int(max(0, min(all, Double(count) * (speed.examplesPerRecord ?? 1))))
    }
    return SpeedArithmetic.steps(
      plan.settings,
      examples: DataCatalogue.trainingExamples(plan) ?? asked ?? speed.trainingExamples,
      tokensPerExample: speed.tokensPerExample)
  }

  private func examples(_ plan: RunPlan, _ speed: SpeedMeasurement) -> Int {
    if let known = DataCatalogue.evaluationExamples(plan) { return known }
    // How many a tuning split holds is said where it is scored.
    let asked = plan.settings.evaluationExamples
    if plan.settings.evaluationSplit == .tuning, let asked { return asked }
    return min(speed.evaluationExamples, asked ?? .max)
  }
}

/// Whole queues.
extension TimeModel {
  /// Seconds until everything is done; nil where some run cannot be estimated.
  ///
  /// - Parameters:
  ///   - active: runs under way, and those that wait for their latency measurement.
  ///   - queue: in the order in which they start.
  package func seconds(active: [RunSummary], queue: [RunSummary]) -> Double? {
    var schedule = Schedule(threads: threads)
    // Runs that are yet to be queued have no numbers.
    var times: [RunTimes] = []
    var kinds: [Int] = []
    for run in active {
      guard let left = left(of: run) else { return nil }
      let id = RunID(times.count)
      times.append(left)
      kinds.append(jobs(run.plan))
      if run.state == .awaitingLatency {
        schedule.awaiting.insert(id)
      } else {
        let own = run.prepared?.threads ?? schedule.share(jobs: kinds[times.count - 1])
        schedule.begin(id, threads: own, isMeasuring: run.state == .measuring)
      }
    }
    for run in queue {
      // The first run of a kind, under way, stands for those that wait behind it.
      let like = active.first { $0.plan.withoutTargets == run.plan.withoutTargets }.flatMap(fallback)
      guard let left = left(of: run) ?? like else { return nil }
      schedule.queue.append(RunID(times.count))
      times.append(left)
      kinds.append(jobs(run.plan))
    }
    return schedule.seconds(jobs: { kinds[Int($0)] }, left: { times[Int($0)] })
  }

  /// What is left of a run, wherever it stands.
  package func left(of run: RunSummary) -> RunTimes? {
    guard var times = times(run.plan) ?? fallback(run) else { return nil }
    if run.totalSteps > 0 {
      times.training *= max(0, 1 - Double(run.step) / Double(run.totalSteps))
      // The run itself knows best.
      if run.state == .training, let left = run.secondsLeft { times.training = left }
    }
    if run.score != nil { times.evaluating = 0 }
    if run.latency != nil { times.measuring = 0 }
    switch run.state {
    case .training: times.preparing = 0
    case .evaluating:
      times.preparing = 0
      times.training = 0
      times.evaluating *= 1 - run.phaseProgress
    case .awaitingLatency:
      times = RunTimes(measuring: times.measuring)
    case .measuring:
      times = RunTimes(measuring: times.measuring * (1 - run.phaseProgress))
    default: break
    }
    return times
  }

  /// The first run of its kind tells how long it trains; the base's evaluation is short beside a run.
  private func fallback(_ run: RunSummary) -> RunTimes? {
    if run.plan.isBaseline { return RunTimes() }
    if run.state == .training, let left = run.secondsLeft {
      return RunTimes(training: Double(run.elapsed.last ?? 0) + left)
    }
    return nil
  }
}
