import Analysis
import Engine
import Foundation
import Messages
import Recipe

/// Searches of a headless verb: what is promised, their live lines, and the end.
extension StudySession {
  /// Measures this machine's speed where it is not known, and says how long the searches will take before anything is trained.
  func promise(_ requests: [SearchRequest], _ line: ProgressLine) async throws -> SearchPromise {
    // What cannot decide is refused before anything is measured.
    _ = try await ask(requests)
    for request in requests {
      var settings = request.settings
      if !request.data.isBuiltin, settings.tuningShare == nil { settings.tuningShare = Engine.tuningShare }
      // Heats are scored on the tuning split: its answers are what takes time.
      settings.evaluationSplit = .tuning
      settings.evaluationExamples = max(1, request.tuningExamples)
      let plan = SweepPlan(
        model: request.model, parts: [SweepPlan.Part(data: request.data, settings: settings)],
        combinations: request.combinations, seeds: request.seeds, parameterBudget: request.parameterBudget)
      try await expect(.measureSpeed(plan, again: false))
    }
    await followSpeed(line)
    try exitIfInterrupted()
    return try await ask(requests)
  }

  private func ask(_ requests: [SearchRequest]) async throws -> SearchPromise {
    switch await bus.ask(.promise(requests)) {
    case .promise(let promise): return promise
    case .refused(let refusal):
      try exitIfInterrupted()
      throw refusal
    default: throw CommandError("the engine gave no estimate", status: 70)
    }
  }

  /// Begins searches, and returns their numbers.
  func begin(_ requests: [SearchRequest]) async throws -> [SearchID] {
    let before = await bus.currentSnapshot().searches.last?.id ?? 0
    try await expect(.search(requests))
    return await bus.currentSnapshot().searches.map(\.id).filter { $0 > before }
  }

  /// Shows who is in and who leaves until the searches have their answers and the runs that these name have ended, or the engine has
  /// shut down, or a search cannot go on.
  func follow(searches ids: [SearchID]) async -> Snapshot {
    let line = ProgressLine()
    var said = ids.map { SearchLines(id: $0) }
    var newest = Snapshot()
    for await snapshot in bus.snapshots() {
      newest = snapshot
      let mine = snapshot.searches.filter { ids.contains($0.id) }
      for place in said.indices {
        guard let search = mine.first(where: { $0.id == said[place].id }) else { continue }
        for text in said[place].news(search, snapshot) { line.note(text) }
      }
      if snapshot.engine.hasShutDown || isOver(mine, snapshot) { break }
      if let search = mine.first(where: { !$0.status.isOver }) ?? mine.last {
        let (label, fraction, detail) = SearchLines.progress(search, snapshot)
        line.show(label, fraction: fraction, detail: detail)
      }
    }
    line.finish()
    return newest
  }

  private func isOver(_ searches: [SearchSummary], _ snapshot: Snapshot) -> Bool {
    let open = searches.filter { !$0.status.isOver }
    if open.contains(where: { $0.status == .paused }), !open.contains(where: { $0.status == .running }) {
      return !snapshot.runs.contains { $0.state.isActive }
    }
    guard open.isEmpty else {
      // A person's pause stays, and nothing in here would end it.
      let own = snapshot.runs.filter { run in open.contains { $0.id == run.search && $0.status == .running } }
      return own.contains { $0.state == .paused && $0.reason == nil }
        && own.allSatisfy { $0.state.isTerminal || $0.state == .paused }
    }
    return searches.allSatisfy { search in
      // The base's evaluation is what the scores of those that are named are seen against.
      let bases = search.named(in: snapshot).compactMap { snapshot.baseline(of: $0.plan) }
      return (search.runs(in: snapshot) + bases).allSatisfy {
        // What is computed in bf16 stays as it is where that cannot be.
        $0.state.isTerminal || $0.state == .paused && $0.reason == nil
          || snapshot.engine.missingForBF16 != nil && $0.plan.settings.needsBF16
      }
    }
  }
}

extension SearchSummary {
  /// Its runs and, where it chose a rate, those of the other seeds at that rate.
  func runs(in snapshot: Snapshot) -> [RunSummary] {
    let own = snapshot.runs.filter { $0.search == id }
    guard request.purpose == .rates, let pick = answer?.pick, status.isOver else { return own }
    let followers = request.seeds.dropFirst().compactMap { seed in
      snapshot.runs.last { $0.search == nil && follows($0.plan, pick, seed: seed) }
    }
    return own + followers
  }

  /// Whether the run is what this race of rates asks for with a further seed, whichever rank the parameters' budget came to.
  private func follows(_ plan: RunPlan, _ pick: SearchCandidate, seed: UInt64) -> Bool {
    var settings = request.settings
    (settings.learningRate, settings.seed) = (pick.learningRate, seed)
    if let budget = request.parameterBudget, plan.settings.parameterBudget == budget {
      let own = plan.settings
      (settings.parameterBudget, settings.rank, settings.alpha) = (budget, own.rank, own.alpha)
      (settings.rankByGroup, settings.rankSplit) = (own.rankByGroup, own.rankSplit)
    }
    let wanted = RunPlan(model: request.model, data: request.data, targets: pick.targets, settings: settings)
    return plan.deciding == wanted.deciding
  }

  /// The whole runs that stand for its answer.
  func named(in snapshot: Snapshot) -> [RunSummary] {
    guard let answer else { return [] }
    let candidates = Set(
      request.purpose == .rates ? [answer.pick].compactMap { $0 } : answer.candidates.map(\.candidate))
    return runs(in: snapshot).filter { run in
      candidates.contains(SearchEntrant(run.plan).candidate)
    }
  }
}
