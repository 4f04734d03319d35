import Analysis
import Builtin
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// From preparing to scored: what a runner does on its own thread.
final class RunSession {
  let id: RunID
  let plan: RunPlan
  let control: RunControl
  let environment: RunEnvironment
  let team: WorkerTeam
  let known: RunSummary?
  let report: RunReport
  /// Of a run in a race.
  let heatOrder: HeatOrder?
  /// Heats at which it was scored, in this start or before.
  var scoredHeats: Set<Int>
  /// The last step whose held-out loss was taken, in this start or before.
  var watchedStep = 0
  /// Of the steps since this start.
  var ownLosses: [Float] = []
  private var memory = MemoryLooks()
  /// Where PEFT computes.
  var peft: PEFTWorker?
  private var trainer: Trainer?
  private let clock = ContinuousClock()
  private let began: ContinuousClock.Instant
  private var stepTokens: [Int] = []
  private var stepSeconds: [Double] = []
  private var peakMemory = 0
  private(set) var phases: PhaseSeconds
  /// When the present phase began.
  private var phaseBegan: ContinuousClock.Instant

  init(
    id: RunID, plan: RunPlan, control: RunControl, environment: RunEnvironment, team: WorkerTeam, known: RunSummary?,
    heats: HeatOrder? = nil
  ) {
    self.id = id
    self.plan = plan
    self.control = control
    self.environment = environment
    self.team = team
    self.known = known
    heatOrder = heats
    scoredHeats = Set(known?.heats?.map(\.heat) ?? [])
    report = RunReport(id: id, environment: environment)
    began = clock.now
    phases = known?.phases ?? PhaseSeconds()
    phaseBegan = began
  }

  private var wallSeconds: Double { (known?.wallSeconds ?? 0) + (clock.now - began) / .seconds(1) }

  func run() -> RunOutcome {
    do {
      report.state(.preparing)
      defer {
        peft?.end()
        environment.memory.release(id)
      }
      takeOutput()
      let prepared = try PreparedTraining(
        plan, environment: environment, team: team, tuning: heatOrder?.examples ?? 0, reserve: reserve, kernels: kernels
      )
      trainer = prepared.trainer
      try restore(prepared)
      report.emit(.prepared(prepared.summary))
      // A run that goes on prepares again; what counts is how long it takes once.
      phases.preparing = (clock.now - began) / .seconds(1)
      phaseBegan = clock.now
      let isCut = prepared.summary.truncatedExamples + prepared.summary.droppedExamples > 0
      report.notice(isCut ? .warning : .info, "#\(id): \(prepared.dataNote)")
      if let heldOut = prepared.summary.heldOut {
        report.notice(.info, "#\(id): held-out loss every \(plan.settings.evalEvery) steps on \(heldOut.words)")
      }
      if let difference = prepared.initialAdapterDifference { report.notice(.info, "#\(id): \(difference)") }
      for note in prepared.notes { report.notice(.warning, "#\(id): \(note)") }
      if let outcome = try train(prepared) { return outcome }
      if let outcome = try race(prepared) { return outcome }
      if let outcome = try evaluate(prepared) { return outcome }
      return finish(prepared)
    } catch is EndedWhileWaiting {
      return report.end(control.order, at: .beforeFirstStep)
    } catch is PEFTWorker.CalledOff {
      // In the middle of a step or an answer, or before the first.
      guard let trainer else { return report.end(control.order, at: .beforeFirstStep) }
      return report.end(control.order, at: .training(step: trainer.stepIndex, of: trainer.totalSteps))
    } catch {
      return report.failed(error)
    }
  }

  // MARK: Training

  private func train(_ prepared: PreparedTraining) throws -> RunOutcome? {
    let trainer = prepared.trainer
    if trainer.isFinished && known?.adapterPath != nil { return nil }
    report.state(.training)
    var pace = EnergyPace(operations: ModuleEnergy.operations(trainer.adapter), threads: team.threads)
    var saved = clock.now
    var savedStep = trainer.stepIndex
    while !trainer.isFinished {
      environment.options.beforeStep?(id, trainer.stepIndex)
      report.waitWhileHeld(control, as: .training)
      guard !control.mustEnd, try watch(prepared) else { return end(prepared) }
      if let outcome = try race(prepared) { return outcome }
      let record = try step(trainer)
      stepTokens.append(record.tokens)
      stepSeconds.append(record.seconds)
      var sample = StepSample(record)
      sample.memoryBytes = peft.map(\.memory) ?? memory.bytes(after: record.seconds)
      report.emit(.step(sample))
      ownLosses.append(sample.loss)
      // Of what is computed elsewhere a look would cost a transfer of all of it: once at the end is enough.
      if !trainer.isFinished, peft == nil, pace.isDue(after: record.seconds),
        environment.options.looksAtEnergy?() ?? true
      {
        pace.looked(lookAtEnergy(trainer))
      }
      let stepsDue = environment.options.checkpointSteps.map { trainer.stepIndex - savedStep >= $0 } ?? false
      if stepsDue || (clock.now - saved) / .seconds(1) >= environment.options.checkpointSeconds {
        try saveOrWait(trainer, as: .training)
        saved = clock.now
        savedStep = trainer.stepIndex
      }
    }
    guard try watch(prepared) else { return end(prepared) }
    try trainer.fetch()
    lookAtEnergy(trainer)
    close(\.training)
    reportResources()
    // Evaluation can be interrupted too: then the trained adapter must be on disk.
    try saveOrWait(trainer, as: .training)
    if control.mustEnd { return end(prepared) }
    return try writeAdapter(prepared) ? nil : end(prepared)
  }

  /// Reports how much the adapter changes each layer by now.
  /// - Returns: the seconds that it took.
  @discardableResult
  private func lookAtEnergy(_ trainer: Trainer) -> Double {
    let start = clock.now
    report.emit(.energy(trainer.energy()))
    return (clock.now - start) / .seconds(1)
  }

  /// One step. That of a divergence is recorded too, so that its curve ends with it.
  private func step(_ trainer: Trainer) throws -> StepRecord {
    do {
      return try trainer.step()
    } catch {
      if let bad = trainer.divergedStep { report.emit(.step(StepSample(bad))) }
      throw error
    }
  }

  /// The time since the present phase began is that of `phase`.
  func close(_ phase: WritableKeyPath<PhaseSeconds, Double>) {
    phases[keyPath: phase] += (clock.now - phaseBegan) / .seconds(1)
    phaseBegan = clock.now
  }

  /// Training's high-water mark is taken before evaluation needs memory of its own.
  func reportResources() {
    let own = peft.map(\.peakMemory) ?? PeakMemory.bytes
    peakMemory = max(peakMemory > 0 ? peakMemory : own, known?.peakMemoryBytes ?? 0)
    report.emit(
      .resources(peakMemoryBytes: peakMemory, tokensPerSecond: tokensPerSecond, wallSeconds: wallSeconds))
    report.emit(.phases(phases))
  }

  private var tokensPerSecond: Double {
    Throughput.tokensPerSecond(tokens: stepTokens, seconds: stepSeconds) ?? known?.tokensPerSecond ?? 0
  }

  // MARK: Ending early

  /// Does what the order says and leaves.
  func end(_ prepared: PreparedTraining) -> RunOutcome {
    let trainer = prepared.trainer
    let order = control.order
    let phase = RunEnding.Phase.training(step: trainer.stepIndex, of: trainer.totalSteps)
    guard let ending = order.ending(at: phase) else { return .paused }
    close(trainer.isFinished ? \.evaluating : \.training)
    if ending.keepsFiles { reportAndSave(prepared) }
    if ending.state == .stopped { keepPartialResult(prepared) }
    return report.end(order, at: phase)
  }

  private func reportAndSave(_ prepared: PreparedTraining) {
    do { try prepared.trainer.fetch() } catch {
      report.notice(.error, "#\(id) keeps its last checkpoint: \(Failure.line(error))")
      return reportResources()
    }
    if prepared.trainer.stepIndex > 0 { lookAtEnergy(prepared.trainer) }
    reportResources()
    do {
      _ = try save(prepared.trainer)
    } catch {
      report.notice(.error, "#\(id) keeps its last checkpoint, a newer one was refused: \(Failure.line(error))")
    }
  }

  private func keepPartialResult(_ prepared: PreparedTraining) {
    do {
      try prepared.trainer.fetch()
      if try !writeOutput(prepared) { try write(prepared, to: ownAdapter) }
    } catch {
      report.notice(.error, "#\(id): \(Failure.line(error))")
    }
  }

  // MARK: Evaluation

  private func evaluate(_ prepared: PreparedTraining) throws -> RunOutcome? {
    if prepared.data.evaluation.isEmpty || known?.score != nil { return nil }
    let phase = EvaluationPhase(report: report, control: control, team: team)
    let isWhole = try phase.run(
      base: prepared.base, adapter: prepared.adapter, tokenising: prepared.tokenising, data: prepared.data, writer: peft
    )
    guard isWhole else { return end(prepared) }
    close(\.evaluating)
    return nil
  }

  private func finish(_ prepared: PreparedTraining) -> RunOutcome {
    reportResources()
    if plan.settings.measureLatency && known?.latency == nil {
      report.state(.awaitingLatency)
      return .trained(
        TrainedRun(
          base: prepared.base, adapter: prepared.adapter, peakMemoryBytes: peakMemory,
          tokensPerSecond: tokensPerSecond, wallSeconds: wallSeconds, phases: phases))
    }
    environment.removeCheckpoints(of: id)
    report.state(.done)
    return .ended(.done)
  }
}
