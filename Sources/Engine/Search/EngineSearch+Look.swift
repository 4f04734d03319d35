import Analysis
import Foundation
import Messages
import Recipe
import Training

/// The look at the base before a search's first heat: it waits until nothing computes, goes before the runs that wait, and what it finds
/// is stored with the plan before the race begins.
extension Engine {
  /// Of a real base each takes seconds. Where the shortlist needs no order, one says whether the base's gradients are numbers.
  private static let lookBatches = (ranking: 4, checking: 1)

  /// What the first heat needs to know that no run has measured; nil where that is nothing.
  ///
  /// - Throws: `Refusal` for a latency budget of combinations whose TPOT nothing will say.
  func lookWanted(_ request: SearchRequest, _ plan: SearchPlan) throws -> SearchLook? {
    let unknown = plan.combinations.filter { $0.overhead == nil }.map(\.targets.label)
    let needsTPOT = request.latencyBudget != nil && !unknown.isEmpty
    // Ranks that differ by combination give each a TPOT and an energy of its own, which one look does not tell.
    let isPossible = request.parameterBudget == nil
    if let budget = request.latencyBudget, needsTPOT, !isPossible || !request.settings.measureLatency {
      let why = isPossible ? "no TPOT is to be measured (--no-latency)" : "TPOT is not predicted where ranks differ"
      throw Refusal(
        "the latency budget of \(SettingValue.plain(budget)) %\(plan.fleetWords) needs the TPOT of each combination: \(why), and no finished run of "
          + "this store has measured it at its rank on this base for \(unknown.prefix(3).joined(separator: ", "))"
          + (unknown.count > 3 ? " and \(unknown.count - 3) more" : "")
          + "; train one of each with its latency (--steps 1 will do), or leave the budget out", exitStatus: 65)
    }
    let isChoice = request.purpose == .combinations && plan.combinations.count > 1
    guard isPossible, isChoice || needsTPOT else { return nil }
    return SearchLook(
      batches: plan.combinations.count > plan.shortlist ? Self.lookBatches.ranking : Self.lookBatches.checking,
      measuresLatency: request.settings.measureLatency && !unknown.isEmpty)
  }

  /// About how long it takes; nil where nothing is known of this machine's speed. Several starts in one pass cost what one costs.
  func lookSeconds(_ look: SearchLook, _ request: SearchRequest, _ base: ModelSummary, _ model: TimeModel) -> Double? {
    let plan = request.plan(.all, rate: request.rates.first ?? 1, seed: request.seeds.first ?? 0, in: base)
    guard let step = model.stepSeconds(plan), let times = model.times(plan) else { return nil }
    let isKnown = groupCosts[GroupCostKey(base.fingerprint, plan.settings, fleet: request.fleet)] != nil
    let latency = look.measuresLatency && !isKnown ? options.probeLatencySeconds : 0
    return times.preparing + Double(look.batches) * step + latency
  }

  /// Puts a search among those whose base is looked at next.
  func awaitLook(_ id: SearchID) {
    if !schedule.looks.contains(id) { schedule.looks.append(id) }
    proceed()
  }

  /// Carries the look out, with the machine to itself, and begins the race.
  func look(for id: SearchID) async {
    guard let own = searches[id]?.summary, own.status == .running, let look = own.plan.look, !look.isOver else {
      return endLook()
    }
    let control = RunControl()
    lookControl = control
    lookedAt = id
    let began = ContinuousClock.now
    let found: Result<ProbeResult?, any Error>
    do {
      found = .success(try await looked(own.request, look, control, for: id))
    } catch {
      found = .failure(error)
    }
    (lookControl, lookedAt) = (nil, nil)
    // A quit leaves it to the next start, and one that a person has ended says nothing of it.
    guard !isEnding, searches[id]?.summary.status == .running else { return }
    var plan = own.plan
    plan.look?.isOver = true
    plan.look?.seconds = (ContinuousClock.now - began) / .seconds(1)
    switch found {
    case .success(nil): return
    case .success(let probe?): plan.learn(probe)
    case .failure(let error as ProbeError) where error.isOfTheBase:
      return await endUnraced(id, "nothing was trained: \(Failure.line(error))")
    case .failure(let error) where error is MemoryShortage || error is ProbeError:
      plan.look?.notes = ["the base was not looked at: \(Failure.line(error))"]
    case .failure(let error): return await pauseSearch(id, Failure.line(error))
    }
    do { try await share(into: &plan, of: own.request) } catch { return await pauseSearch(id, Failure.line(error)) }
    await race(id, by: plan)
  }

  private func looked(
    _ request: SearchRequest, _ look: SearchLook, _ control: RunControl, for id: SearchID
  ) async throws -> ProbeResult? {
    var settings = request.settings
    settings.seed = request.seeds.first ?? settings.seed
    let known: GroupCostKey
    do {
      known = GroupCostKey(try await load(request.model).summary.fingerprint, settings, fleet: request.fleet)
    } catch {
      endLook()
      throw error
    }
    // Of several data sets on one base the first look says it.
    let costs = look.measuresLatency ? groupCosts[known] : nil
    var found = try await self.look(
      ProbeRequest(
        model: request.model, data: request.data, settings: settings, batches: look.batches,
        measuresLatency: look.measuresLatency && costs == nil, fleet: request.fleet, measuresFeatures: false), control,
      for: id)
    if let costs { found?.costs = costs } else if let measured = found?.costs { groupCosts[known] = measured }
    return found
  }

  /// Keeps what was found, and begins the race by it.
  private func race(_ id: SearchID, by plan: SearchPlan) async {
    guard let own = searches[id] else { return }
    do {
      if let budget = plan.latencyBudget, plan.combinations.contains(where: { $0.overhead == nil }) {
        let why = plan.look?.notes.first.map { ", and \($0)" } ?? ""
        return await endUnraced(
          id,
          "nothing was trained: the latency budget of \(SettingValue.plain(budget)) %\(plan.fleetWords) needs TPOT\(why)"
        )
      }
      let search: Search
      do { search = try Search(plan) } catch {
        // A TPOT that other programs have spoiled must not refuse without saying so.
        let notes = [String(error.line.trimmingPrefix("search: "))] + (plan.look?.notes ?? [])
        return await endUnraced(id, "nothing was trained: \(notes.joined(separator: "; "))")
      }
      try await store.setPlan(plan, of: id)
      var summary = own.summary
      summary.plan = plan
      searches[id] = EngineSearch(summary: summary, search: search, since: own.since)
      for note in plan.look?.notes ?? [] { notice(.warning, "search \(id): \(note)", run: nil) }
      await drive(id)
    } catch { await pauseSearch(id, Failure.line(error)) }
  }

  /// Ends a search before its first heat: nothing is claimed.
  func endUnraced(_ id: SearchID, _ line: String) async {
    schedule.looks.removeAll { $0 == id }
    if lookedAt == id { lookControl?.set(.stop) }
    searches[id]?.summary.answer = SearchAnswer(kind: .none, candidates: [], pick: nil, sentence: line)
    set(.answered, of: id)
    await keep(id)
    // Verbs say it themselves, at their end.
    notice(.info, "search \(id): \(line)", run: nil)
  }
}

extension SearchPlan {
  /// Takes what a look at the base has said to another search on it into what is known of each combination; what was measured of one stays.
  package mutating func takeLook(of other: SearchPlan) {
    look = other.look
    for place in combinations.indices {
      guard let found = other.prior(of: combinations[place].targets) else { continue }
      combinations[place].energy = found.energy
      if combinations[place].overhead == nil {
        combinations[place].overhead = found.overhead
        combinations[place].overheadIsPredicted = found.overheadIsPredicted
      }
    }
  }

  /// Takes what a look at the base says into what is known of each combination; what was measured of one stays.
  mutating func learn(_ probe: ProbeResult) {
    let paths = Set(probe.cells.map(\.path))
    for place in combinations.indices {
      let targets = combinations[place].targets
      // A vision tower is not looked at: of what has a part there nothing is said.
      if paths.isSuperset(of: targets.present(in: probe.linears)) {
        combinations[place].energy = probe.energy(of: targets)
      }
      if combinations[place].overhead == nil, let predicted = probe.overhead(of: targets), predicted.estimate.isFinite {
        combinations[place].overhead = predicted
        combinations[place].overheadIsPredicted = true
      }
    }
    look?.notes = probe.notes
    if let disturbance = probe.costs.flatMap({ CoreUse.disturbance($0.coreShare) }) { look?.notes.append(disturbance) }
    // The race has what the look has left of the time.
    if let budget = secondsBudget { secondsBudget = max(1, budget - (look?.seconds ?? 0)) }
  }
}

extension ProbeError {
  /// No run on this base would learn anything.
  fileprivate var isOfTheBase: Bool {
    switch self {
    case .notFinite, .noGradient: true
    case .tooFewExamples: false
    }
  }
}

/// What the groups' TPOT depends on, on one machine.
struct GroupCostKey: Hashable {
  var fingerprint: String
  var rank: Int
  var rankByGroup: String
  var useDoRA: Bool
  var promptOnly: Bool
  /// Sequences of a batch with an adapter each; nil for one sequence.
  var fleet: Int?

  init(_ fingerprint: String, _ settings: RunSettings, fleet: Int?) {
    self.fingerprint = fingerprint
    self.fleet = fleet
    rank = settings.rank
    rankByGroup = settings.rankByGroup.description
    useDoRA = settings.useDoRA
    promptOnly = settings.promptOnly
  }
}
