import Analysis
import Builtin
import Foundation
import Messages
import Recipe
import Training

/// What is checked, counted and promised before a search's first step.
extension Engine {
  /// Of a person's own training examples, unless the settings say otherwise.
  package static let tuningShare = 0.1
  /// Examples that a share of a file holds out at most.
  package static var mostHeldOut: Int { DataCatalogue.mostHeldOut }
  /// Candidates that go on to the second heat and to each later one at most.
  private static let defaultPlaces = [4, 2]

  func beginSearches(_ requests: [SearchRequest]) async throws {
    try checkNotEnding()
    try checkSettings(of: requests)
    var prepared: [(request: SearchRequest, plan: SearchPlan)] = []
    // All of them or none.
    for request in requests { prepared.append(try await prepare(request)) }
    for (place, (request, plan)) in prepared.enumerated() {
      let promised = try await promise([request], after: prepared[..<place].map(\.request)).seconds
      let id = try await store.insert(request, plan, created: now, promised: promised)
      searches[id] = EngineSearch(
        summary: SearchSummary(
          id: id, request: request, plan: plan, status: .running, created: now, secondsPromised: promised),
        search: try Search(plan), since: .now)
      await drive(id)
    }
  }

  /// What searches that are not begun would be decided by.
  func preparations(_ requests: [SearchRequest]) async throws -> [SearchPreparation] {
    try checkSettings(of: requests)
    var all: [SearchPreparation] = []
    for request in requests {
      let (request, plan) = try await prepare(request)
      all.append(SearchPreparation(request: request, plan: plan))
    }
    return all
  }

  /// Refuses values of module groups that would do nothing, a race of rates beside a group's own rate, which would not race, and a last
  /// score on what was chosen by.
  private func checkSettings(of requests: [SearchRequest]) throws(Refusal) {
    for request in requests {
      if request.settings.engine != .lorascope {
        throw Refusal(
          "a race is lorascope's own: with --engine peft name the combinations and the rate of a sweep; leave --search and rates "
            + "that race out", exitStatus: 64)
      }
      if request.settings.evaluationSplit == .tuning {
        throw Refusal(
          "a search chooses on the tuning split: a score there says too much of what was chosen; leave --eval-split tuning out",
          exitStatus: 64)
      }
      // A race of rates is a request for each combination of one study.
      let study = requests.filter { $0.settings == request.settings && $0.data == request.data }
      try request.settings.checkGroups(among: study.flatMap(\.combinations))
      guard request.rates.count > 1, let entry = request.settings.learningRateByGroup.entries.first else { continue }
      throw Refusal(
        "rates that race each other hold for all module groups, and \(entry.group.rawValue) has one of its own "
          + "(\(ByGroup.text(entry.value))): leave that out, or the race", exitStatus: 64)
    }
  }

  /// The request with what it left open, and the plan that decides.
  /// - Throws: `Refusal` for what could never decide or never start.
  func prepare(_ request: SearchRequest) async throws -> (request: SearchRequest, plan: SearchPlan) {
    let (request, examples) = try await counted(request)
    guard !request.combinations.isEmpty, let seed = request.seeds.first else {
      throw Refusal("a search needs at least one combination and one seed", exitStatus: 64)
    }
    let base = try await load(request.model)
    if let fleet = request.fleet, !(1...FleetLatencyOptions.mostSequences).contains(fleet) {
      throw Refusal("a fleet has 1 to \(FleetLatencyOptions.mostSequences) adapters, not \(fleet)", exitStatus: 64)
    }
    var priors: [SearchPrior] = []
    let snapshot = await bus.currentSnapshot()
    let fleets = request.fleet == nil ? [] : try await store.fleets().filter { $0.key.machine == Machine.identity }
    for targets in request.combinations where !priors.contains(where: { $0.targets == targets }) {
      try targets.check(in: base.summary.linears)
      for rate in request.rates { try check(request.plan(targets, rate: rate, seed: seed, in: base.summary)) }
      let settings = request.plan(targets, rate: request.rates.first ?? 1, seed: seed, in: base.summary).settings
      var prior = SearchPrior(targets: targets, parameters: base.summary.adapterParameters(targets, settings))
      if request.fleet == nil {
        prior.overhead = snapshot.runs.measuredOverhead(targets, settings, on: base.summary.fingerprint)
      } else {
        prior.takeFleet(of: request, settings, fleets, on: base.summary.fingerprint)
      }
      priors.append(prior)
    }
    var plan = SearchPlan(
      combinations: priors, rates: request.rates, tuningExamples: examples.count, seed: seed,
      confirmSeeds: request.purpose == .rates ? [] : Array(request.seeds.dropFirst()))
    plan.tuningGroups = examples.groups
    if !request.settings.learningRateByGroup.isEmpty { plan.groupRates = request.settings.learningRateByGroup }
    plan.heats = request.heats
    plan.latencyBudget = request.latencyBudget
    plan.fleet = request.fleet
    plan.secondsBudget = request.secondsBudget
    plan.look = try lookWanted(request, plan)
    // One combination's rates are told apart at the first heat; the best one alone goes on.
    plan.places =
      request.purpose == .rates
      ? request.heats.dropFirst().map { _ in 1 }
      : request.heats.dropFirst().indices.map { Self.defaultPlaces[min($0 - 1, Self.defaultPlaces.count - 1)] }
    do { _ = try Search(plan) } catch {
      throw Refusal(
        error.line + (examples.heldOutOf.map { Self.advice(examples.count, of: $0) } ?? ""),
        exitStatus: error.exitStatus)
    }
    return (request, plan)
  }

  /// With the tuning split that there is: a task's own, or the share of a person's data.
  private func counted(
    _ request: SearchRequest
  ) async throws -> (request: SearchRequest, examples: (count: Int, groups: Int?, heldOutOf: Int?)) {
    var request = request
    if !request.data.isBuiltin, request.settings.tuningShare == nil { request.settings.tuningShare = Self.tuningShare }
    let plan = RunPlan(
      model: request.model, data: request.data, targets: request.combinations.first ?? .all, settings: request.settings)
    let wanted = request.data.isBuiltin ? request.tuningExamples : DataCatalogue.mostHeldOut
    let data = try await Blocking.run { try DataCatalogue.resolve(plan, tuning: wanted) }
    // A request that was counted before holds the number that there is.
    if !request.data.isBuiltin,
      ![SearchRequest.tuningExamples, data.tuning.count].contains(request.tuningExamples)
    {
      throw Refusal(
        "of data in files a share is the tuning split (--tuning-share): leave --tuning-examples out", exitStatus: 64)
    }
    request.tuningExamples = data.tuning.count
    // Examples without a group stand for themselves.
    let groups = Set(data.tuning.compactMap(\.group)).count + data.tuning.count { $0.group == nil }
    return (
      request,
      (
        data.tuning.count, groups < data.tuning.count ? groups : nil,
        request.data.isBuiltin
          ? nil : (data.task as? ImportedTask)?.trainingAvailable ?? data.training.count + data.tuning.count
      )
    )
  }

  /// What a person can do about a file's tuning split.
  private static func advice(_ count: Int, of all: Int) -> String {
    " (\(count) of the file's \(all) examples are held out for it: --tuning-share takes more, up to half)"
  }

  // MARK: The promise

  /// How long searches will take, one after the other.
  ///
  /// - Parameter earlier: those that are begun with them, before them.
  func promise(_ requests: [SearchRequest], after earlier: [SearchRequest] = []) async throws -> SearchPromise {
    try checkSettings(of: requests)
    var all = SearchPromise(
      seconds: 0, least: 0, most: 0, exhaustive: 0, tuningExamples: .max, heldOutOf: nil)
    for (place, request) in requests.enumerated() {
      let own = try await promise(of: request, after: earlier + requests[..<place])
      func add(_ part: WritableKeyPath<SearchPromise, Double?>) {
        all[keyPath: part] = all[keyPath: part].flatMap { sum in own[keyPath: part].map { sum + $0 } }
      }
      for part in [\SearchPromise.seconds, \.least, \.most, \.exhaustive] { add(part) }
      if own.tuningExamples <= all.tuningExamples {
        (all.tuningExamples, all.tuningGroups) = (own.tuningExamples, own.tuningGroups)
      }
      all.heldOutOf = own.heldOutOf ?? all.heldOutOf
      all.look += own.look
      all.looks = all.looks || own.looks
      all.predicts = all.predicts || own.predicts
      for part in [\SearchPromise.combinations, \.entrants, \.unmeasured, \.sharedSets] {
        all[keyPath: part] = max(all[keyPath: part], own[keyPath: part])
      }
    }
    return all
  }

  private func promise(of asked: SearchRequest, after earlier: [SearchRequest]) async throws -> SearchPromise {
    let prepared = try await prepare(asked)
    let request = prepared.request
    var plan = prepared.plan
    let sharedSets = try await sharedSets(request, plan, after: earlier)
    if sharedSets >= SharedHeats.setsToShorten { plan.shortlist = min(plan.shortlist, SharedHeats.shortened) }
    let (_, examples) = try await counted(asked)
    let base = try await load(request.model)
    let snapshot = await bus.currentSnapshot()
    let model = schedulingModel.learning(from: snapshot.runs)
    var promise = SearchPromise(
      seconds: nil, least: nil, most: nil, exhaustive: nil, tuningExamples: plan.tuningExamples,
      heldOutOf: examples.heldOutOf)
    promise.tuningGroups = plan.tuningGroups
    promise.combinations = plan.combinations.count
    promise.entrants = plan.mostEntrants
    promise.unmeasured = plan.combinations.count { $0.overhead == nil }
    promise.predicts = plan.look?.measuresLatency ?? false
    promise.looks = plan.look != nil
    promise.sharedSets = sharedSets
    var costs: [SearchCost] = []
    for prior in plan.combinations {
      let own = request.plan(prior.targets, rate: request.rates.first ?? 1, seed: plan.seed, in: base.summary)
      guard let cost = SearchCost(own, tuning: plan.tuningExamples, model) else { return promise }
      costs.append(cost)
    }
    let times = SearchTimes(plan, costs: costs, isForRates: request.purpose == .rates)
    var baseline = 0.0
    if options.evaluatesBase,
      let own = request.plan(.all, rate: 1, seed: plan.seed, in: base.summary).baseline,
      snapshot.baseline(of: RunPlan(model: own.model, data: own.data, targets: .all, settings: request.settings)) == nil
    {
      baseline = model.times(own)?.shared ?? 0
    }
    let followers = request.purpose == .rates ? Double(request.seeds.count - 1) * times.whole : 0
    func bounded(_ race: Double) -> Double {
      min(race, request.secondsBudget ?? .infinity) + times.finishing + baseline + followers
    }
    if let look = plan.look {
      guard let seconds = lookSeconds(look, request, base.summary, model) else { return promise }
      promise.look = seconds
    }
    promise.least = bounded(promise.look + times.least)
    promise.seconds = bounded(promise.look + times.expected)
    promise.most = bounded(promise.look + times.most)
    promise.exhaustive = times.whole * Double(plan.combinations.count * request.seeds.count) + baseline
    return promise
  }
}

extension SearchPrior {
  /// What is known of a batch with such adapters: as it was measured here. Where no look can measure the groups, also what follows from other
  /// measurements, marked as predicted.
  fileprivate mutating func takeFleet(
    of request: SearchRequest, _ settings: RunSettings, _ fleets: [FleetMeasurement], on fingerprint: String
  ) {
    // What was measured does not say whether it was of adapters that decode.
    if settings.promptOnly { return }
    let alike = fleets.filter { $0.key.useDoRA == settings.useDoRA }
    guard let sequences = request.fleet,
      let known = alike.fleetOverhead(targets, parameters: parameters, on: fingerprint, sequences: sequences)
    else { return }
    if let interval = known.interval, !known.isPredicted {
      overhead = interval
      return
    }
    guard request.parameterBudget != nil || !request.settings.measureLatency else { return }
    // Of what is predicted there is no interval.
    overhead = Interval(estimate: known.percent, low: known.percent, high: known.percent)
    overheadIsPredicted = true
  }
}
