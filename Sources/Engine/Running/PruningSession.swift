import Analysis
import Builtin
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

/// From a parent's adapter to a smaller one that is scored: what a runner does for a plan that prunes, on its own thread.
struct PruningSession {
  let id: RunID
  let plan: RunPlan
  let pruning: Pruning
  let control: RunControl
  let environment: RunEnvironment
  let team: WorkerTeam
  let known: RunSummary?
  /// What the parent answered on the evaluation split.
  let parent: [ExampleOutcome]

  /// What is read once.
  struct Material {
    let base: LoadedBase
    let whole: LoRAAdapter
    let data: DataCatalogue.Resolved
    let tokenising: Tokenising
    let places: [PruningPlace]
  }

  /// The run's flag ended it.
  struct Ended: Error {}

  var report: RunReport { RunReport(id: id, environment: environment) }
  private var phase: EvaluationPhase { EvaluationPhase(report: report, control: control, team: team) }

  func run() -> RunOutcome {
    let clock = ContinuousClock()
    let began = clock.now
    do {
      report.state(.preparing)
      let material = try read()
      var phases = known?.phases ?? PhaseSeconds()
      phases.preparing = (clock.now - began) / .seconds(1)
      let evaluating = clock.now
      guard let (adapter, result) = try pruned(material) else {
        report.state(.done, reason: "nothing of the adapter of run \(pruning.parent) can go")
        return .ended(.done)
      }
      phases.evaluating += (clock.now - evaluating) / .seconds(1)
      report.emit(.phases(phases))
      let wall = (known?.wallSeconds ?? 0) + (clock.now - began) / .seconds(1)
      let peak = max(PeakMemory.bytes, known?.peakMemoryBytes ?? 0)
      report.emit(.resources(peakMemoryBytes: peak, tokensPerSecond: 0, wallSeconds: wall))
      removeLeftovers()
      guard plan.settings.measureLatency, known?.latency == nil else {
        report.state(.done)
        return .ended(.done)
      }
      var trained = TrainedRun(
        base: material.base, adapter: adapter, peakMemoryBytes: peak, tokensPerSecond: 0, wallSeconds: wall,
        phases: phases)
      if !pruning.baselines.isEmpty { trained.compared = try compared(material, result, adapter) }
      report.state(.awaitingLatency)
      return .trained(trained)
    } catch is Ended {
      return report.end(control.order, at: .pruning)
    } catch {
      return report.failed(error)
    }
  }

  // MARK: Reading

  private func read() throws -> Material {
    let base = try environment.bases.base(plan.model)
    for note in base.notices { report.notice(.warning, "#\(id): \(note)") }
    guard FileManager.default.fileExists(atPath: pruning.adapter) else {
      throw Refusal(
        "the adapter of run \(pruning.parent) is not there any more: \(pruning.adapter)", exitStatus: 66)
    }
    let whole = try PEFTAdapterFolder.read(
      URL(filePath: pruning.adapter), configuration: base.model.configuration)
    // What another program may have written into the store.
    guard Pruning.exampleCounts.contains(pruning.examples), pruning.tolerance.isFinite else {
      throw Refusal("the plan of run \(id) asks for what no pruning has: delete it, and prune again", exitStatus: 65)
    }
    let data = try DataCatalogue.resolve(plan, tuning: pruning.examples)
    try PruningTuning.check(examples: Double(data.tuning.count), tolerance: pruning.tolerance)
    let tokenising = try base.tokenising(plan.settings)
    try Evaluation.check(
      data.tuning + data.evaluation, tokenising: tokenising, base: base.model, maxNewTokens: data.maxNewTokens)
    if known?.pruned == nil { report.emit(.prepared(summary(whole, base, data))) }
    let places = whole.modules.map { module in
      PruningPlace(
        path: module.path, rank: module.rank, parametersPerRank: module.rows + module.columns,
        fixedParameters: module.magnitude?.count ?? 0,
        energy: base.model[module.path].map(module.energy(beside:)) ?? module.energy(),
        directions: pruning.way == .rank ? module.singularValues().map { $0 * $0 } : [])
    }
    return Material(base: base, whole: whole, data: data, tokenising: tokenising, places: places)
  }

  private func summary(_ adapter: LoRAAdapter, _ base: LoadedBase, _ data: DataCatalogue.Resolved) -> PreparedRun {
    let configuration = base.model.configuration
    return PreparedRun(
      totalSteps: pruning.refit ?? 0, trainableParameters: adapter.parameterCount,
      baseParameters: base.summary.parameterCount,
      modules: adapter.modules.map { configuration.name(of: $0.path) },
      trainingExamples: pruning.refit == nil ? 0 : data.training.count, truncatedExamples: 0,
      droppedExamples: 0, evaluationExamples: data.evaluation.count, baseFingerprint: base.summary.fingerprint,
      instructionSet: InstructionSet.current.rawValue, threads: team.threads, machine: Machine.identity)
  }

  // MARK: Choosing and scoring

  /// - Returns: nil where nothing can go.
  private func pruned(_ material: Material) throws -> (LoRAAdapter, PrunedAdapter)? {
    let own = environment.folder.adapter(id)
    var scored = PruningScoring(
      file: scoresFile, pruning: pruning.searched, fingerprint: material.base.summary.fingerprint)
    // What a kill left after the choice is taken up there.
    var result: PrunedAdapter
    let adapter: LoRAAdapter
    if let chosen = known?.pruned, known?.adapterPath == own.path, FileManager.default.fileExists(atPath: own.path) {
      result = chosen
      let isCut = known?.score == nil && FileManager.default.fileExists(atPath: cut.path)
      adapter = try PEFTAdapterFolder.read(isCut ? cut : own, configuration: material.base.model.configuration)
    } else {
      let (found, ranks) = try choose(material, &scored)
      report.emit(.pruned(found))
      report.notice(.info, "#\(id): \(PruningWords.choice(found))")
      guard found.chosen != nil else { return nil }
      result = found
      adapter = try material.whole.pruned(to: ranks)
      if pruning.refit != nil { try write(adapter, material.base, to: cut) }
      try write(adapter, material.base, to: own)
      report.emit(.prepared(summary(adapter, material.base, material.data)))
      report.emit(.adapterWritten(path: own.path))
    }
    if material.data.evaluation.isEmpty {
      result.baselines = try baselines(material, result, adapter, isConfirming: false, &scored)
      report.emit(.pruned(result))
      if let steps = pruning.refit, result.refit == nil {
        let before = PruningScores(try answers(to: material.data.tuning, adapter, material).results)
        try refit(adapter, steps: steps, material)
        let after = PruningScores(try answers(to: material.data.tuning, adapter, material).results)
        try keep(
          adapter, PrunedAdapter.Refit(steps: steps, gained: PairedLoss(of: after, against: before)), &result, material)
      }
    } else if known?.score == nil {
      let isConfirming = !parent.isEmpty && plan.settings.evaluationSplit != .tuning
      // First what is set against it: an evaluation that begins takes the examples of the one before away.
      result.baselines = try baselines(material, result, adapter, isConfirming: isConfirming, &scored)
      var answers = try self.answers(to: material.data.evaluation, adapter, material)
      if isConfirming { result.confirmed = PairedLoss(of: answers.results, against: parent) }
      if let steps = pruning.refit {
        report.emit(.pruned(result))
        let before = answers.results
        try refit(adapter, steps: steps, material)
        answers = try self.answers(to: material.data.evaluation, adapter, material)
        var refit = PrunedAdapter.Refit(steps: steps, gained: PairedLoss(of: answers.results, against: before))
        if isConfirming { refit.confirmed = PairedLoss(of: answers.results, against: parent) }
        try keep(adapter, refit, &result, material)
      }
      // The score last: with it a later start takes all of this for done.
      report.emit(.pruned(result))
      phase.tell(answers.results, answers.summary)
      report.notice(
        result.confirmed?.isSignificant == true ? .warning : .good, "#\(id): \(PruningWords.confirmation(result))")
    }
    return (adapter, result)
  }

  /// The trained part takes the place of the one that was cut.
  private func keep(
    _ adapter: LoRAAdapter, _ refit: PrunedAdapter.Refit, _ result: inout PrunedAdapter, _ material: Material
  ) throws {
    try write(adapter, material.base, to: environment.folder.adapter(id))
    result.refit = refit
    report.emit(.pruned(result))
    report.notice(.info, "#\(id): \(PruningWords.refit(refit))")
  }

  private func choose(
    _ material: Material, _ scored: inout PruningScoring
  ) throws -> (PrunedAdapter, ranks: [ModulePath: Int]) {
    let places = material.places
    let all = Dictionary(uniqueKeysWithValues: places.map { ($0.path, $0.rank) })
    let full = try tuningScores(of: all, material, &scored)
    try PruningTuning.check(
      examples: PairedLoss.effectiveCount(full.scores, ExampleGrouping(full.groups)), tolerance: pruning.tolerance,
      of: full.scores.count)
    let clock = ContinuousClock()
    let began = clock.now
    var search = PruningSearch(places, way: pruning.way)
    var candidates: [PrunedAdapter.Candidate] = []
    var tried: [[ModulePath: Int]: Int] = [:]
    var isCut = false
    while let step = search.next() {
      if let place = tried[step.ranks] {
        search.take(isBorne: candidates[place].isBorne)
        continue
      }
      if let minutes = pruning.minutes, (clock.now - began) / .seconds(60) >= minutes {
        isCut = true
        break
      }
      environment.options.beforeStep?(id, candidates.count)
      let scores = try tuningScores(of: step.ranks, material, &scored)
      guard let loss = PairedLoss(of: scores, against: full) else {
        throw Refusal("no example of the tuning split has a score: nothing can be decided", exitStatus: 65)
      }
      let candidate = PrunedAdapter.Candidate(
        name: step.name, parameters: step.parameters, loss: loss, isBorne: loss.isBorne(within: pruning.tolerance))
      tried[step.ranks] = candidates.count
      candidates.append(candidate)
      report.notice(.info, "#\(id): \(PruningWords.line(candidate))")
      search.take(isBorne: candidate.isBorne)
    }
    environment.options.beforeStep?(id, candidates.count)
    let ranks = search.best?.ranks ?? all
    let paths = places.map(\.path).filter { ranks[$0] != nil }
    return (
      PrunedAdapter(
        parent: pruning.parent, way: pruning.way, tolerance: pruning.tolerance,
        kept: Targets(paths: paths, in: material.base.model.configuration),
        ranks: (ranks.values.min() ?? 1)...(ranks.values.max() ?? 1), parameters: places.parameters(ranks),
        parentParameters: places.parameters(all), places: paths.count, parentPlaces: places.count,
        energy: places.energyShare(ranks), candidates: candidates, chosen: search.best.flatMap { tried[$0.ranks] },
        isCut: isCut), ranks
    )
  }

  /// The whole adapter and what is set against the choice, for measuring their TPOT beside its own.
  private func compared(
    _ material: Material, _ result: PrunedAdapter, _ adapter: LoRAAdapter
  ) throws -> ComparedAdapters {
    let parts = try pruning.baselines.map { kind in
      try material.whole.pruned(
        to: PruningChain.baseline(
          kind, material.places, parameters: result.parameters, seed: plan.settings.seed, besides: ranks(of: adapter)
        ).ranks)
    }
    return ComparedAdapters(result: result, whole: material.whole, parts: parts)
  }

  private func ranks(of adapter: LoRAAdapter) -> [ModulePath: Int] {
    Dictionary(adapter.modules.map { ($0.path, $0.rank) }) { first, _ in first }
  }

  private func baselines(
    _ material: Material, _ result: PrunedAdapter, _ adapter: LoRAAdapter, isConfirming: Bool,
    _ scored: inout PruningScoring
  ) throws -> [PrunedAdapter.Candidate] {
    let places = material.places
    let all = Dictionary(uniqueKeysWithValues: places.map { ($0.path, $0.rank) })
    return try pruning.baselines.compactMap { kind in
      let (name, ranks) = PruningChain.baseline(
        kind, places, parameters: result.parameters, seed: plan.settings.seed, besides: self.ranks(of: adapter))
      let loss: PairedLoss?
      if isConfirming {
        let answers = try self.answers(to: material.data.evaluation, try material.whole.pruned(to: ranks), material)
        loss = PairedLoss(of: answers.results, against: parent)
      } else {
        let full = try tuningScores(of: all, material, &scored)
        loss = PairedLoss(of: try tuningScores(of: ranks, material, &scored), against: full)
      }
      return loss.map {
        PrunedAdapter.Candidate(
          name: name, parameters: places.parameters(ranks), loss: $0, isBorne: $0.isBorne(within: result.tolerance))
      }
    }
  }

  /// Those of an earlier start where there are some.
  private func tuningScores(
    of ranks: [ModulePath: Int], _ material: Material, _ scored: inout PruningScoring
  ) throws -> PruningScores {
    if let known = scored[ranks], known.scores.count == material.data.tuning.count { return known }
    let adapter = try material.whole.pruned(to: ranks)
    let scores = PruningScores(try answers(to: material.data.tuning, adapter, material).results)
    scored[ranks] = scores
    return scores
  }

  private func answers(to examples: [Example], _ adapter: LoRAAdapter, _ material: Material) throws -> EvaluationResult
  {
    let answers = try phase.answers(
      to: examples, base: material.base, adapter: adapter, tokenising: material.tokenising, data: material.data)
    guard let answers else { throw Ended() }
    return answers
  }

  // MARK: Files

  private func write(_ adapter: LoRAAdapter, _ base: LoadedBase, to place: URL) throws {
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try PEFTAdapterFolder.write(
      adapter, to: place, baseModelName: plan.model == .builtin ? BuiltinBase.name : base.folder.path,
      baseFingerprint: base.summary.fingerprint)
  }

  private var scoresFile: URL { environment.folder.run(id).appending(path: "candidates.json") }

  /// Not before the store has what they led to.
  private func removeLeftovers() {
    guard environment.bus.waitUntilStored(seconds: 5) else { return }
    for file in [scoresFile, cut] { try? FileManager.default.removeItem(at: file) }
    environment.removeCheckpoints(of: id)
  }
}

/// Scores of candidates on the tuning split, kept in a file while the search is under way: after a kill none is computed again.
struct PruningScoring {
  private struct Content: Codable {
    var pruning: Pruning
    var fingerprint: String
    var scores: [String: PruningScores] = [:]
  }

  private let file: URL
  private var content: Content

  /// What another search, or one on another base, has left is not taken up.
  init(file: URL, pruning: Pruning, fingerprint: String) {
    self.file = file
    content = Content(pruning: pruning, fingerprint: fingerprint)
    guard let bytes = try? InputFile.whole(file.path),
      let left = try? JSONDecoder().decode(Content.self, from: Data(bytes)), left.pruning == pruning,
      left.fingerprint == fingerprint
    else { return }
    content = left
  }

  subscript(ranks: [ModulePath: Int]) -> PruningScores? {
    get { content.scores[Self.key(ranks)] }
    set {
      content.scores[Self.key(ranks)] = newValue
      save()
    }
  }

  private static func key(_ ranks: [ModulePath: Int]) -> String {
    ranks.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }

  /// A disk that does not take it costs no more than scoring again after a kill.
  private func save() {
    guard let data = try? JSONEncoder().encode(content) else { return }
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? OutputFile.save(Array(data), to: file.path)
  }
}
