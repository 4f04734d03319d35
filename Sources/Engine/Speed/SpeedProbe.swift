import Foundation
import Kernels
import Messages
import Training
import Transformer

/// A kind of runs whose speed is not known here: all runs of a study on one data set.
struct SpeedRequest: Sendable {
  var key: SpeedMeasurement.Key
  /// The run with the fewest adapted projections, and that with the most: what lies between is interpolated.
  var lowest: RunPlan
  var highest: RunPlan
  /// How many of the kind there are to do: no more are tried at once.
  var runs: Int

  /// - Parameter plans: of one kind; nil for none.
  init?(_ plans: [RunPlan], key: SpeedMeasurement.Key) {
    let ordered = plans.sorted { SpeedArithmetic.size($0.targets) < SpeedArithmetic.size($1.targets) }
    guard let lowest = ordered.first, let highest = ordered.last else { return nil }
    self.key = key
    self.lowest = lowest
    self.highest = highest
    runs = plans.count
  }
}

/// Measures how fast one kind of runs goes here: a few real steps and a few real answers, alone and several at once over the one copy
/// of the base. Nothing else may compute meanwhile. Blocks: only for a thread of its own.
struct SpeedProbe {
  /// Examples that are tokenised for it.
  private static let sampleExamples = 256
  /// Prompt tokens that are evaluated, about: long prompts are few.
  private static let promptTokens = 16_384
  /// Seconds for a short latency measurement.
  private static let latencyCap = 4.0
  /// Seconds after which the base's own answers are not waited for any longer.
  private static let baseCap = 5.0
  /// Seconds of steps below which the kernel's hundredths of a second do not tell who had the cores.
  private static let tellingSeconds = 0.5
  /// Seconds of measuring after which no further way is tried: on a large base or a busy machine one answers what the others might gain.
  private static let tryingCap = 60.0
  /// Share of the free memory that runs at once may take.
  private static let memoryShare = 0.6

  let request: SpeedRequest
  let environment: RunEnvironment
  let control: RunControl
  /// Of an earlier measurement on the same base: it need not be made again.
  let latencySeconds: Double?

  /// - Returns: nil if the flag ended it.
  /// - Throws: what preparing or evaluating a run throws.
  func run() throws -> SpeedMeasurement? {
    let clock = ContinuousClock()
    let began = clock.now
    let before = MachineCounts.now()
    let base = try environment.bases.base(request.highest.model)
    let material = try material(base, clock)
    let preparing = (clock.now - began) / .seconds(1) + material.tokenisingOfTheRest
    let trying = clock.now
    var isLong: Bool { (clock.now - trying) / .seconds(1) > Self.tryingCap }
    var ways: [SpeedMeasurement.Way] = []
    var tokensPerStep = 0.0
    var bytesOfRun = 0
    for jobs in SpeedArithmetic.candidates(threads: environment.threads, runs: request.runs) {
      if jobs > 1, let free = Machine.availableMemory, Double(jobs * bytesOfRun) > Self.memoryShare * Double(free) {
        break
      }
      if jobs > 1, isLong { break }
      guard let result = try measure(request.highest, jobs: jobs, material) else { return nil }
      ways.append(way(request.highest, jobs, result))
      tokensPerStep = result.tokensPerStep
      bytesOfRun = result.bytes
    }
    let examples = material.data.evaluation.count
    var measurement = SpeedMeasurement(
      key: request.key, ways: ways, tokensPerStep: tokensPerStep, tokensPerExample: material.tokensPerExample,
      trainingExamples: material.trainingExamples, evaluationExamples: material.evaluationExamples,
      examplesPerRecord: material.examplesPerRecord, preparingSeconds: preparing, baseSecondsPerExample: 0,
      latencySeconds: latencySeconds ?? 0,
      time: Date().timeIntervalSince1970)
    if request.lowest.targets != request.highest.targets, !isLong {
      let jobs = SpeedArithmetic.jobs(
        measurement, request.highest.targets,
        steps: SpeedArithmetic.steps(
          request.highest.settings, examples: material.trainingExamples, tokensPerExample: material.tokensPerExample),
        examples: examples)
      guard let result = try measure(request.lowest, jobs: jobs, material) else { return nil }
      measurement.ways.append(way(request.lowest, jobs, result))
    }
    let team = WorkerTeam(threads: environment.threads)
    let alone = ways.first { $0.jobs == 1 }?.secondsPerExample ?? 0
    measurement.baseSecondsPerExample = try baseSeconds(material, team) ?? alone
    if latencySeconds == nil { measurement.latencySeconds = try latency(material, team) }
    if environment.options.speedSeconds >= Self.tellingSeconds {
      measurement.coreShare = before.flatMap { MachineCounts.now()?.shares(since: $0) }.map { 1 - $0.others }
    }
    return control.mustEnd ? nil : measurement
  }

  private func way(_ plan: RunPlan, _ jobs: Int, _ result: SpeedWorker.Result) -> SpeedMeasurement.Way {
    SpeedMeasurement.Way(
      jobs: jobs, targets: plan.targets, secondsPerStep: result.secondsPerStep,
      secondsPerExample: result.secondsPerExample)
  }

  // MARK: Material

  private func material(_ base: LoadedBase, _ clock: ContinuousClock) throws -> SpeedWorker.Material {
    let plan = request.highest
    let data = try DataCatalogue.resolve(plan)
    // The next run of this kind may take more of them, or another split.
    var whole = plan
    whole.settings.trainingExamples = nil
    whole.settings.evaluationExamples = nil
    whole.settings.evaluationSplit = nil
    let all = plan.data.isBuiltin || whole == plan ? data : try DataCatalogue.resolve(whole)
    let tokenising = try base.tokenising(plan.settings)
    let sample = Array(data.training.prefix(Self.sampleExamples))
    let began = clock.now
    let dataset = try tokenising.tokenize(
      sample, sequenceLength: plan.settings.sequenceLength, source: data.source)
    let seconds = (clock.now - began) / .seconds(1)
    let count = Double(dataset.examples.count)
    let tokens = Double(dataset.tokens) / count
    let answer = Self.answerTokens(dataset)
    // A template may make one example of each answer.
    let examplesOfRecord = max(1, (count + Double(dataset.leftOut.count)) / Double(max(1, sample.count)))
    let prompts = Int(Double(Self.promptTokens) / max(1, tokens - answer))
    return SpeedWorker.Material(
      base: base, data: data, tokenising: tokenising, examples: dataset.examples, tokensPerExample: tokens,
      answerTokens: min(data.task.maxNewTokens, max(1, Int(answer.rounded()))),
      evaluation: Array(data.evaluation.prefix(min(32, max(4, prompts)))),
      trainingExamples: Int((Double(all.training.count) * examplesOfRecord).rounded()),
      evaluationExamples: all.evaluation.count, examplesPerRecord: examplesOfRecord,
      tokenisingOfTheRest: seconds * Double(data.training.count - sample.count) / Double(max(1, sample.count)))
  }

  /// Tokens of an answer, of which a conversation has as many as turns of the assistant's.
  private static func answerTokens(_ dataset: TokenizedDataset) -> Double {
    let answers = dataset.examples.reduce(0) { $0 + $1.lossRanges.count }
    return Double(dataset.lossTokens) / Double(max(1, answers))
  }

  // MARK: Several at once

  /// Nil if the flag ended it.
  private func measure(
    _ plan: RunPlan, jobs: Int, _ material: SpeedWorker.Material
  ) throws -> SpeedWorker.Result? {
    if control.mustEnd { return nil }
    let worker = SpeedWorker(
      plan: plan, material: material, threads: max(1, environment.threads / jobs), jobs: jobs,
      seconds: environment.options.speedSeconds, control: control)
    return try worker.run()
  }

  // MARK: Alone

  /// Seconds of one of the base's own answers with all threads; nil where there is nothing to answer.
  private func baseSeconds(_ material: SpeedWorker.Material, _ team: WorkerTeam) throws -> Double? {
    let examples = Array(material.evaluation.prefix(16))
    guard !examples.isEmpty else { return nil }
    let clock = ContinuousClock()
    var done = 0
    let seconds = try SpeedWorker.median(control) {
      let began = clock.now
      _ = try Evaluation.run(
        base: material.base.model, adapter: nil, tokenizer: material.base.tokenizer, tokenising: material.tokenising,
        examples: examples, metric: material.data.metric, maxNewTokens: material.data.task.maxNewTokens,
        endsEarly: material.data.endsEarly, arithmetic: material.data.arithmetic, team: team
      ) { count, _, _ in
        done = count
        return !control.mustEnd && (clock.now - began) / .seconds(1) < Self.baseCap
      }
    }
    return done > 0 ? seconds / Double(done) : nil
  }

  private func latency(_ material: SpeedWorker.Material, _ team: WorkerTeam) throws -> Double {
    let plan = request.highest
    let adapter = try PreparedTraining.adapter(
      plan, options: TrainingOptions(plan.settings, threads: team.threads), base: material.base.model
    ).adapter
    let asked = environment.options.latency.fitting(positions: material.base.model.configuration.maxPositions)
    var short = asked
    short.timeCap = min(asked.timeCap, Self.latencyCap)
    let result = try Latency.measure(
      base: material.base.model, adapters: [("speed", adapter)], options: short, team: team
    ) { _ in !control.mustEnd }
    guard let result else { return asked.timeCap }
    return SpeedArithmetic.latencySeconds(
      rounds: result.rounds, seconds: result.seconds,
      halfWidth: result.adapters.first?.overheadPercent.halfWidth ?? asked.targetHalfWidth, options: asked)
  }
}

/// What speeds depend on besides the program: a measurement made elsewhere says nothing here.
package enum Machine {
  /// Processor and instruction set.
  package static let identity = "\(processor), \(InstructionSet.current.rawValue)"

  /// Bytes that could be allocated without swapping; nil where the system does not tell.
  static var availableMemory: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
    return value("MemAvailable", in: text).flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
      .map { $0 * 1024 }
  }

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return value("model name", in: text) ?? value("CPU part", in: text) ?? "processor"
  }

  /// What stands after the colon of the first line that begins with a name.
  package static func value(_ name: String, in text: String) -> String? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let colon = line.firstIndex(of: ":")
    else { return nil }
    return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  }
}
