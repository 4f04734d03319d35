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

  private var checkpoint: URL { environment.folder.checkpoint(id) }
  private var previousCheckpoint: URL { environment.folder.previousCheckpoint(id) }
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
      for note in prepared.fileNotes { report.notice(.warning, "#\(id): \(note)") }
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

  /// Goes back to the last checkpoint, or to the start where there is none; later steps will be replaced.
  private func restore(_ prepared: PreparedTraining) throws {
    guard let known, known.prepared != nil else { return }
    let files = [checkpoint, previousCheckpoint].filter { FileManager.default.fileExists(atPath: $0.path) }
    if !files.isEmpty, let before = known.prepared, before.baseFingerprint != prepared.summary.baseFingerprint {
      throw Refusal(
        "the base \(plan.model.displayName) has changed since step \(known.step) of run \(id); "
          + "put it back, or repeat the run", exitStatus: 65)
    }
    try restore(prepared.trainer, from: files)
    let step = prepared.trainer.stepIndex
    let points = min(known.heldOutLosses.count, known.heldOutSteps.count(upTo: step))
    if points > 0 { watchedStep = known.heldOutSteps.step(at: points - 1) }
    report.emit(.rewound(toStep: step))
    if let before = known.prepared, before.instructionSet != prepared.summary.instructionSet {
      report.notice(
        .warning,
        "#\(id) goes on with \(prepared.summary.instructionSet) kernels after \(before.instructionSet): "
          + "its later steps are not bit-identical to an uninterrupted run")
    } else {
      report.notice(.info, "#\(id) goes on from step \(step)")
    }
  }

  /// Takes the first checkpoint that is whole. Without any the run begins anew, and comes to the same bits.
  private func restore(_ trainer: Trainer, from files: [URL]) throws {
    var refusals: [any Error] = []
    for file in files {
      do {
        try trainer.restoreCheckpoint(from: file)
        break
      } catch {
        refusals.append(error)
      }
    }
    guard let first = refusals.first else { return }
    if refusals.count == files.count {
      for case let error as TrainingError in refusals { if case .otherRun = error { throw error } }
    }
    let place = trainer.stepIndex > 0 ? "the one before, of step \(trainer.stepIndex), is taken" : "the run begins anew"
    report.notice(.warning, "#\(id): \(Failure.line(first)); \(place)")
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

  // MARK: The adapter

  /// Makes sure of the output before the first step. Where it is no longer to be had, the run trains all the same.
  private func takeOutput() {
    guard let output = reservation else { return }
    do { try take(output) } catch {
      report.notice(.warning, "#\(id): \(Failure.line(error)); the adapter will be kept in \(ownAdapter.path)")
    }
  }

  var ownAdapter: URL { environment.folder.adapter(id) }

  private var reservation: OutputReservation? {
    plan.settings.output.map { OutputReservation(folder: $0, store: environment.folder.database) }
  }

  private func take(_ output: OutputReservation) throws {
    try output.take(for: id, own: known?.adapterPath == plan.settings.output) { _ in true }
  }

  /// To the run's output; a training that has come to its end is not lost because that cannot be written: then to the store's own
  /// folder, which is waited for. False if the run must end meanwhile.
  private func writeAdapter(_ prepared: PreparedTraining) throws -> Bool {
    if try writeOutput(prepared) { return true }
    return try untilDone(as: .training, step: prepared.trainer.stepIndex) {
      try write(prepared, to: ownAdapter)
      return true
    }
  }

  /// False where there is none, or where it cannot be written, which is said.
  private func writeOutput(_ prepared: PreparedTraining) throws -> Bool {
    guard let reservation, let output = plan.settings.output else { return false }
    do {
      try take(reservation)
      try write(prepared, to: URL(filePath: output, directoryHint: .isDirectory))
    } catch {
      report.notice(
        .error,
        "#\(id): \(Failure.line(error)); the adapter is kept in \(ownAdapter.path): "
          + "`lorascope runs export \(id) --peft DIR` copies it to another folder")
      reservation.release(id)
      return false
    }
    // Not before the store knows of it: a run that a kill ends here still has its folder.
    if environment.bus.waitUntilStored(seconds: 5) { reservation.release(id) }
    return true
  }

  private func write(_ prepared: PreparedTraining, to place: URL) throws {
    try save(prepared, to: place)
    report.emit(.adapterWritten(path: place.path))
  }

  /// Writes the adapter as it is now, and tells nobody.
  func save(_ prepared: PreparedTraining, to place: URL) throws {
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try PEFTAdapterFolder.write(
      prepared.adapter, to: place,
      baseModelName: plan.model == .builtin ? BuiltinBase.name : prepared.base.folder.path,
      baseFingerprint: prepared.summary.baseFingerprint)
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

  // MARK: Checkpoints

  /// Saves, and while the disk does not take it waits with a notice; gives up only when the run must end.
  func saveOrWait(_ trainer: Trainer, as state: RunState) throws {
    _ = try untilDone(as: state, step: known?.lastCheckpointStep ?? trainer.stepIndex) { try save(trainer) }
  }

  /// Tries until it is done, with a notice while the disk does not take it. False when the run must end.
  ///
  /// - Throws: what `body` throws where waiting cannot help: the process's own limit on the size of files.
  func untilDone(as state: RunState, step: Int, _ body: () throws -> Bool) throws -> Bool {
    var isWaiting = false
    while true {
      do {
        if try body() { break }
      } catch let error as PEFTWorkerError {
        throw error
      } catch let error as PEFTWorker.CalledOff {
        throw error
      } catch {
        if FileSizeLimit.isSet { throw error }
        if !isWaiting {
          let line = Failure.line(error)
          report.state(.paused, reason: line)
          report.notice(.error, "#\(id) waits at step \(step): \(line)")
        }
        isWaiting = true
      }
      if control.mustEnd { return false }
      // The store may have stopped taking steps after the last one was made.
      report.waitWhileHeld(control, as: state)
      Thread.sleep(forTimeInterval: isWaiting ? 0.5 : 0.02)
    }
    if isWaiting {
      report.state(state)
      report.notice(.good, "#\(id) goes on")
    }
    return true
  }

  /// False if the store has not taken the steps yet: a checkpoint must never be ahead of them, or a kill would leave a
  /// gap in the curves.
  private func save(_ trainer: Trainer) throws -> Bool {
    guard environment.bus.waitUntilStored(seconds: control.mustEnd ? 2 : 5) else { return false }
    try FileManager.default.createDirectory(
      at: environment.folder.run(id), withIntermediateDirectories: true)
    try trainer.saveCheckpoint(to: checkpoint, keeping: previousCheckpoint)
    report.emit(.checkpoint(step: trainer.stepIndex))
    return true
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
