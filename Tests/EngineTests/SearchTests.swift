import Engine
import Foundation
import Messages
import Recipe
import Testing
import Training

/// Searches on a tiny model: races with continuation, plans of them, and what cannot be decided.
@Suite(.timeLimit(.minutes(10))) struct SearchTests {
  private static let order = HeatOrder(shares: [0.3, 0.6, 1], examples: 50, waitsAfter: nil)

  /// One whole run, with no heats yet.
  private func sweep(_ study: SearchStudy) -> SweepPlan {
    let request = study.request()
    let part = SweepPlan.Part(data: request.data, settings: request.settings)
    return SweepPlan(model: request.model, parts: [part], combinations: [.oProj], seeds: [0])
  }

  @Test func aRaceTrainsTheSameBitsAsAWholeRun() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, engine in
      // Rates of one combination: one of them leaves at the first heat.
      _ = await bus.accepted(.search([study.request([.oProj, .fc2], rates: [1e-3, 1e-2])]))
      let search = try await bus.answered()
      let snapshot = await bus.currentSnapshot()
      let pick = try #require(search.answer?.pick)
      let run = try #require(snapshot.runs.first { SearchEntrant($0.plan).candidate == pick })
      #expect(run.state == .done)
      #expect(run.heats?.map(\.step) == [4, 7, 12])
      #expect(run.heats?.map(\.examples) == [72, 72, 72])
      // 72 of 240 are not trained on.
      #expect(run.prepared?.trainingExamples == 168)
      let stored = try await engine.store.heats(of: run.id)
      #expect(stored.map(\.heat) == [1, 2, 3] && stored.allSatisfy { $0.scores.count == 72 })
      #expect(stored.last?.scores.reduce(0, +) == run.heats?.last.map { ($0.score.estimate * 72).rounded() })
      let whole = try #require(await bus.accepted(.queue(run.plan)).first)
      let reference = try await bus.run(whole, in: .done)
      #expect(reference.heats == nil)
      #expect(run.bits == reference.bits)
      #expect(try run.adapterBytes() == reference.adapterBytes())
      // Who is not named has left with what it had trained, and says why.
      let left = snapshot.runs.filter { $0.state == .stopped }
      #expect(left.count >= 2)
      for other in left {
        #expect(other.reason?.hasPrefix("left the race at") == true)
        #expect(FileManager.default.fileExists(atPath: try #require(other.adapterPath)))
      }
    }
  }

  /// What a table of finished runs is made of: heats that do not wait, in a plan of whole runs.
  @Test func aSweepWithHeatsGoesOnAtEachOfThem() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, _ in
      var sweep = sweep(study)
      let plain = try await bus.run(try #require(await bus.accepted(.sweep(sweep)).first), in: .done)
      #expect(plain.heats == nil)
      sweep.heats = Self.order
      // One that was not scored on its way is no such run.
      let scored = try #require(await bus.accepted(.sweep(sweep)).first)
      #expect(scored != plain.id)
      let run = try await bus.run(scored, in: .done)
      #expect(run.search == nil && run.wasScored(at: Self.order) && run.heats?.map(\.step) == [4, 7, 12])
      #expect(run.bits == plain.bits)
      #expect(await bus.accepted(.sweep(sweep)) == [scored])
      guard case .heats(let heats) = await bus.ask(.heats(scored)) else {
        Issue.record("no heats")
        return
      }
      #expect(heats.map(\.heat) == [1, 2, 3] && heats.allSatisfy { $0.scores.count == run.heats?.first?.examples })
    }
  }

  /// It has gone past a heat that it was not scored at, and would be scored late.
  @Test func aRunThatWasStoppedPastAHeatIsTrainedAnewWhereHeatsAreAskedFor() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 5, of: 1)
    try await withEngine(options) { bus, _ in
      var sweep = sweep(study)
      #expect(await bus.accepted(.sweep(sweep)) == [1])
      _ = try await gate.arrival()
      _ = await bus.accepted(.stop(1, keepPartialResult: true))
      gate.open()
      let stopped = try await bus.run(1, in: .stopped)
      #expect(stopped.step == 5 && stopped.heats == nil)
      sweep.heats = Self.order
      #expect(await bus.accepted(.sweep(sweep)) == [2])
      let run = try await bus.run(2, in: .done)
      #expect(run.wasScored(at: Self.order) && run.heats?.map(\.step) == [4, 7, 12])
      // From its first step on, which was the same.
      #expect(run.bits.count == 12 && Array(run.bits.prefix(5)) == stopped.bits)
      let left = await bus.currentSnapshot().run(1)
      #expect(left?.state == .stopped && left?.step == 5 && left?.heats == nil)
    }
  }

  @Test func ratesRaceForOneCombinationAndItsOtherSeedsFollow() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, _ in
      _ = await bus.accepted(
        .search([study.request([.fc2], rates: [1e-3, 1e-2], seeds: [0, 5]) { $0.purpose = .rates }]))
      let search = try await bus.answered()
      let rate = try #require(search.answer?.pick?.learningRate)
      let snapshot = try await bus.first { $0.runs.count == 3 && $0.runs.allSatisfy(\.state.isTerminal) }
      let done = snapshot.runs.filter { $0.state == .done }
      #expect(done.map(\.plan.settings.seed) == [0, 5])
      #expect(done.allSatisfy { $0.plan.settings.learningRate == rate })
      let loser = try #require(snapshot.runs.first { $0.state == .stopped })
      #expect(loser.step == 4 && loser.reason?.contains("heat 1 of 3, step 4") == true, "\(loser.reason ?? "")")
    }
  }

  @Test func whatDivergesAtEveryRateIsSaidAndNothingIsNamed() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, _ in
      let request = study.request([.all], rates: [1e30, 1e31]) {
        $0.settings.steps = 50
        $0.settings.clip = 0
      }
      _ = await bus.accepted(.search([request]))
      let search = try await bus.answered()
      #expect(search.answer?.kind == SearchAnswer.Kind.none && search.answer?.pick == nil)
      #expect(search.answer?.sentence.contains("diverged") == true)
      #expect(await bus.currentSnapshot().runs.map(\.state) == [.failed, .failed])
    }
  }

  /// What an adapter costs goes by each group's own rank.
  @Test func aSearchCountsRanksOfSingleGroups() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 0, of: 2)
    try await withEngine(options) { bus, _ in
      var plan = study.tiny.plan(.oProj, steps: 1)
      plan.settings.rankByGroup[.oProj] = 4
      plan.settings.measureLatency = false
      let id = try #require(await bus.accepted(.queue(plan)).first)
      let run = try await bus.run(id, in: .done)
      // As on a quiet machine, which this one need not be.
      let latency = LatencySummary(
        p50: 1, p95: 1.2, baseP50: 0.9, baseP95: 1, overheadPercent: Interval(estimate: 7, low: 6, high: 8), blocks: 8)
      bus.change { snapshot in
        if let place = snapshot.index(of: id) { snapshot.runs[place].latency = latency }
      }
      func request(_ rank: Int?) -> SearchRequest {
        study.request([.oProj]) {
          $0.settings.rankByGroup[.oProj] = rank
          $0.latencyBudget = 1000
        }
      }
      // The run's TPOT is that of rank 4 and says nothing of rank 2.
      #expect(await bus.refused(.search([request(nil)])).contains("needs the TPOT"))
      _ = await bus.accepted(.search([request(4)]))
      let prior = await bus.currentSnapshot().searches.first?.plan.combinations.first
      #expect(prior?.overhead == latency.overheadPercent)
      #expect(prior?.parameters == run.prepared?.trainableParameters)
      // Ended before anything of it is scored it names nothing, and its run leaves.
      #expect(try await gate.arrival() == 2)
      _ = await bus.accepted(.endSearch(1))
      gate.open()
      let ended = try await bus.answered()
      #expect(ended.answer?.kind == SearchAnswer.Kind.none && ended.answer?.pick == nil)
      #expect(await bus.currentSnapshot().run(2)?.state == .stopped)
    }
  }

  @Test func whatCannotDecideIsRefusedBeforeAnythingIsTrained() async throws {
    let study = try SearchStudy(lines: 24)
    try await withEngine(study.tiny.options()) { bus, _ in
      let few = await bus.refused(.search([study.request()]))
      #expect(few.contains("too few to decide") && few.contains("of the file's 24 examples"), "\(few)")
      let none = await bus.refused(
        .search([
          study.request {
            $0.data = .task(name: "medmcqa")
            $0.tuningExamples = 0
          }
        ]))
      #expect(none.contains("0 tuning examples are too few"), "\(none)")
      let task = study.request {
        $0.data = .task(name: "medmcqa")
        $0.latencyBudget = 5
      }
      #expect(await bus.refused(.search([task])).contains("TPOT"))
      for count in [\RunSettings.trainingExamples, \.evaluationExamples] {
        var plan = study.tiny.plan()
        plan.data = .task(name: "medmcqa")
        plan.settings[keyPath: count] = 1_000_000_000
        #expect(await bus.refused(.queue(plan)).contains("100000 are the most"))
      }
      let many = study.request {
        $0.data = .task(name: "medmcqa")
        $0.tuningExamples = 1_000_000_000
      }
      #expect(await bus.refused(.search([many])).contains("1000000000 examples of task medmcqa: 100000 are the most"))
      var whole = study.tiny.plan()
      whole.settings.trainingExamples = 5
      #expect(await bus.refused(.queue(whole)).contains("with \"same\" a file is taken whole"))
      whole.settings.dataSeed = .seed
      let sampled = try #require(await bus.accepted(.queue(whole)).first)
      #expect(try await bus.run(sampled, in: .done).prepared?.trainingExamples == 5)
      _ = await bus.accepted(.delete([sampled]))
      let counted = study.request { $0.tuningExamples = 50 }
      #expect(await bus.refused(.search([counted])).contains("leave --tuning-examples out"))
      let same = study.request { $0.settings.evaluationSplit = .tuning }
      #expect(await bus.refused(.search([same])).contains("leave --eval-split tuning out"))
      let group = study.request([.fc2, .oProj], rates: [1e-3, 1e-2]) { $0.settings.learningRateByGroup[.oProj] = 5e-3 }
      #expect(await bus.refused(.search([group])).contains("o_proj has one of its own (0.005)"))
      let idle = study.request([.fc2]) { $0.settings.rankByGroup[.oProj] = 4 }
      #expect(await bus.refused(.search([idle])).contains("o_proj is not among the targets fc2"))
      #expect(await bus.refused(.search([study.request([])])).contains("at least one combination"))
      #expect(await bus.refused(.search([study.request([.vision])])).contains("vision"))
      #expect(await bus.currentSnapshot().runs.isEmpty)
      #expect(await bus.currentSnapshot().searches.isEmpty)
    }
  }

  /// Heats of two seeds are paired by example.
  @Test func runsOfTwoSeedsAreJudgedOnTheSameExamplesOfPublishedData() async throws {
    let study = try TinyStudy()
    let file = study.folder.appending(path: "train.jsonl")
    let questions = (0..<60).map {
      #"{"id":"\#($0)","question":"Which \#($0)?","opa":"a","opb":"b","opc":"c","opd":"d","cop":\#(1 + $0 % 4),"#
        + #""choice_type":"single","exp":null,"subject_name":"S","topic_name":null}"#
    }
    try Data(questions.joined(separator: "\n").utf8).write(to: file)
    try await withEngine(study.options()) { bus, _ in
      var asked: [[String]] = []
      for seed in UInt64(0)..<2 {
        var plan = study.plan(steps: 1, seed: seed)
        plan.data = .published(name: "medmcqa", path: file.path, evaluation: .none)
        plan.settings.sequenceLength = 192
        plan.settings.trainingExamples = 10
        plan.settings.dataSeed = .seed
        plan.settings.tuningShare = 0.2
        plan.settings.evaluationSplit = .tuning
        plan.settings.maxNewTokens = 2
        plan.settings.measureLatency = false
        let id = try #require(await bus.accepted(.queue(plan)).first)
        let run = try await bus.run(id, in: .done)
        #expect(run.prepared?.trainingExamples == 10)
        guard case .examples(let examples) = await bus.ask(.examples(id)) else { throw CancellationError() }
        asked.append(examples.map(\.prompt).sorted())
      }
      #expect(asked[0].count == 12 && asked[0] == asked[1])
    }
  }

  @Test func aPlanFileKeepsItsSearch() throws {
    let study = try TinyStudy()
    let place = study.folder.appending(path: "plan.toml")
    let text = """
      data = "medmcqa"
      combinations = "all"
      strategy = "search"
      minutes = 2
      latency_budget = 5
      fleet = 8
      share_heats = false
      tuning_examples = 80
      rates = [1e-3, 1e-2]
      """
    let plan = try SweepPlanFile.read(text: text, place)
    let wished = SearchChoice(
      isSearch: true, rates: .range(low: 1e-3, high: 1e-2), secondsBudget: 120, latencyBudget: 5, fleet: 8,
      tuningExamples: 80, sharesHeats: false)
    #expect(plan.search == wished)
    try SweepPlanFile.write(plan, to: place)
    #expect(try SweepPlanFile.read(place).search == wished)
    let requests = try #require(plan.searches)
    #expect(requests.map(\.purpose) == [.combinations] && requests[0].combinations.count == 15)
    #expect(requests[0].rates.count == 3 && requests[0].fleet == 8)
    #expect(requests[0].seeds == [0, 1, 2])
    #expect(
      try SweepPlanFile.read(text: "data = \"medmcqa\"\ncombinations = \"all\"\nrates = \"auto\"", place).seeds == [0])
    for (line, what) in [
      ("fleet = 8", "fleet: must be left out"), ("strategy = \"search\"\nfleet = 17", "from 1 to 16"),
      ("strategy = \"some\"", "strategy: must be"), ("minutes = 3", "minutes: must be left out"),
      ("rates = [2, 1]", "rates: must be"), ("rates = \"fast\"", "rates: must be"),
      ("tuning_examples = -1", "tuning_examples: must be a whole number"),
      ("tuning_examples = 80", "tuning_examples: must be left out where nothing races"),
    ] {
      let refusal = #expect(throws: Refusal.self, "\(what)") {
        try SweepPlanFile.read(text: "data = \"medmcqa\"\ncombinations = \"all\"\n\(line)", place)
      }
      #expect(refusal?.line.contains(what) == true, "\(refusal?.line ?? "")")
    }
  }
}
