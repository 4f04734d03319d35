import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Sweeps over several data sets, and the Advise screen: what their keys do.
@Suite("Studies on the screen")
struct StudyScreensTests {
  private var threeDataSets: Snapshot {
    var snapshot = TestData.snapshot
    snapshot.availableData = ["sums", "dates", "invoices"].map { name in
      var data = TestData.data
      data.name = name
      data.reference = .task(name: name)
      data.recommendedSettings.batchSize = name == "sums" ? 8 : 4
      return data
    }
    return snapshot
  }

  private func sweep(_ effects: [Effect]) -> SweepPlan? {
    Driver.commands(effects).lazy.compactMap { if case .sweep(let plan) = $0 { plan } else { nil } }.first
  }

  @Test("data sets are chosen in their list, each with its own settings and a person's changes")
  func dataSets() {
    var state = TestData.state(snapshot: threeDataSets)
    // A rank of one's own holds for all of them.
    Driver.type("1+", on: &state)
    #expect(state.setup.settings.rank == 16)
    Driver.type("S", on: &state)
    #expect(state.sweepPlan?.parts.map(\.data.displayName) == ["sums"])
    Driver.type("3j j ", on: &state)
    let plan = state.sweepPlan
    #expect(plan?.parts.map(\.data.displayName) == ["sums", "dates", "invoices"])
    #expect(plan?.parts.map(\.settings.batchSize) == [8, 4, 4])
    #expect(plan?.parts.map(\.settings.rank) == [16, 16, 16])
    // The last one cannot be taken out.
    Driver.type(" k k ", on: &state)
    #expect(state.sweepPlan?.parts.map(\.data.displayName) == ["sums"])
    #expect(state.notice?.text.contains("needs a data set") == true)
    Driver.type("a", on: &state)
    #expect(state.studyData.count == 3)
    Driver.type("a", on: &state)
    #expect(state.studyData.count == 1)
  }

  @Test("a parameter-matched sweep shows its ranks and sends its budget")
  func matched() {
    var state = TestData.state()
    Driver.type("S2jjj", on: &state)
    Driver.press(.right, on: &state)
    #expect(state.sweep.parameterBudget == TestData.model.adapterParameters(.all, rank: 8))
    #expect(state.plannedRank(.all) == "8")
    #expect(state.plannedRank(.oProj) == "71")
    Driver.press(.enter, .control("u"), on: &state)
    Driver.type("0", on: &state)
    #expect(state.field?.message != nil)
    Driver.press(.backspace, on: &state)
    Driver.type("1000000", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.sweep.parameterBudget == 1_000_000)
    Driver.type("n", on: &state)
    #expect(state.dialog?.lines.contains { $0.contains("Ranks chosen for about 1 000 000 parameters") } == true)
    let plan = sweep(Driver.type("s", on: &state))
    #expect(plan?.parameterBudget == 1_000_000)
  }

  @Test("the number of runs at once goes from automatic up and back")
  func jobs() {
    var snapshot = TestData.snapshot
    snapshot.engine.jobsAreAutomatic = true
    var state = TestData.state(snapshot: snapshot)
    Driver.type("S2jjjjjjj", on: &state)
    #expect(state.sweep.field == .jobs)
    guard case .setJobs(1)? = Driver.commands(Driver.type("+", on: &state)).first else {
      Issue.record("not 1")
      return
    }
    snapshot.engine.jobsAreAutomatic = false
    Driver.apply(.snapshot(snapshot), to: &state)
    guard case .setJobs(nil)? = Driver.commands(Driver.type("-", on: &state)).first else {
      Issue.record("not automatic")
      return
    }
  }

  @Test("clocking asks the engine only while nothing computes, and the estimate is asked for again afterwards")
  func clocking() {
    var state = TestData.state()
    Driver.type("S", on: &state)
    #expect(Driver.commands(Driver.type("c", on: &state)).isEmpty)
    #expect(state.notice?.text.contains("under way") == true)
    var snapshot = TestData.snapshot
    snapshot.runs.removeAll { $0.state.isActive }
    Driver.apply(.snapshot(snapshot), to: &state)
    guard case .measureSpeed(let plan, let again)? = Driver.commands(Driver.type("c", on: &state)).first else {
      Issue.record("not measured")
      return
    }
    // It is known already, so that asking means again.
    #expect(plan == state.sweepPlan && again)
    snapshot.engine.measuredSpeeds = 1
    let effects = Driver.apply(.snapshot(snapshot), to: &state)
    #expect(effects.contains { if case .ask(.sweepEstimate) = $0 { true } else { false } })
  }

  @Test("the base's line stays under a conclusion that is longer than its place")
  func baseLineStays() {
    var state = TestData.state()
    Driver.type("C", on: &state)
    var comparison = TestData.comparison
    // Of three rows and a rule one line is left, which is the conclusion's.
    comparison.rows.removeLast()
    comparison.conclusion = [String](repeating: comparison.conclusion, count: 12).joined(separator: " ")
    var base = ScoreSummary(
      metric: "accuracy", score: Interval(estimate: 0.12, low: 0.1, high: 0.14), examples: 2000, parseFailureRate: 0,
      lenient: 0.2, meanOutputTokens: 4)
    base.formatFree = FormatFreeScores(chance: FormatFreeScores.Chance(score: 0.25, kind: .options))
    comparison.base = base
    state.compare.answer.value = comparison
    let text = Render.screen(state).text
    #expect(text.contains { $0.contains("base 12.0 · chance 25.0 (percent)") }, "\(text.joined(separator: "\n"))")
  }

  @Test("cards are chosen, and their evidence is compared")
  func evidence() {
    var state = TestData.state()
    Driver.type("Al", on: &state)
    #expect(state.advise.chosen?.kind == .balanced)
    Driver.press(.enter, on: &state)
    #expect(state.screen == .compare)
    #expect(state.marks.runs == [11, 8, 7])
    #expect(state.compare.baseline == 11)
    Driver.type("Al", on: &state)
    Driver.press(.enter, on: &state)
    // Nothing was picked for the third question.
    #expect(state.screen == .advise && state.notice?.text.contains("nothing was picked") == true)
  }

  @Test("budget, thresholds, part and the published study are asked about anew")
  func questions() {
    var state = TestData.state()
    Driver.type("A", on: &state)
    #expect(state.advise.answer.key?.study.options.budget == .cheapestThird)
    Driver.type("++", on: &state)
    #expect(state.advise.answer.key?.study.options.budget == .overheadPercent(11))
    Driver.type(String(repeating: "-", count: 11), on: &state)
    #expect(state.advise.answer.key?.study.options.budget == .cheapestThird)
    Driver.type("tm", on: &state)
    Driver.press(.control("u"), on: &state)
    Driver.type("x", on: &state)
    #expect(state.field?.message != nil)
    Driver.press(.control("u"), on: &state)
    Driver.type("2.5", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.advise.answer.key?.study.options.margin == 2.5)
    Driver.type("tb", on: &state)
    Driver.press(.control("u"), on: &state)
    Driver.type("30", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.advise.answer.key?.study.options.hardBelow == 30)
    Driver.type("s", on: &state)
    #expect(state.advise.answer.key?.study.scope == "text")
    Driver.type("ss", on: &state)
    #expect(state.advise.answer.key?.study.scope == nil)
    Driver.type("o", on: &state)
    #expect(state.advise.answer.key?.study.publishedOnly == true && state.advise.isPublished)
    Driver.type("+", on: &state)
    #expect(state.advise.answer.key?.study.options.budget == .milliseconds(8))
    Driver.type("o", on: &state)
    #expect(state.advise.options.budget == .cheapestThird)
  }

  @Test("missing runs are queued after a question")
  func missing() {
    var state = TestData.state()
    Driver.type("An", on: &state)
    #expect(state.dialog?.lines.first?.contains("12 runs not there yet") == true)
    // Cancel has the focus.
    #expect(sweep(Driver.press(.enter, on: &state)) == nil)
    Driver.type("n", on: &state)
    let sent = sweep(Driver.type("n", on: &state))
    #expect(sent?.combinations == Targets.articleNine && sent?.seeds == [0, 1])
  }

  @Test("a report and a configuration go where a person says, and nothing is replaced unasked")
  func export() {
    var state = TestData.state()
    Driver.type("Aer", on: &state)
    Driver.press(.control("u"), on: &state)
    Driver.type("/tmp/r", on: &state)
    let command = Driver.commands(Driver.press(.enter, on: &state)).first
    guard case .exportReport(let study, "/tmp/r", false)? = command, let command else {
      Issue.record("no report")
      return
    }
    #expect(study == state.advise.answer.key?.study)
    Driver.apply(.outcome(command, .wouldReplace("/tmp/r is there already.")), to: &state)
    #expect(state.dialog?.title == "Report")
    // What is sent again is what was asked about, whatever was asked meanwhile.
    state.advise.options.margin = 7
    guard case .exportReport(study, "/tmp/r", true)? = Driver.commands(Driver.type("r", on: &state)).first else {
      Issue.record("not replaced")
      return
    }
    Driver.type("ef", on: &state)
    Driver.press(.control("u"), on: &state)
    Driver.type("/tmp/l.yaml", on: &state)
    guard
      case .exportConfiguration(.llamaFactory, .accuracy, _, "/tmp/l.yaml", false)? =
        Driver.commands(Driver.press(.enter, on: &state)).first
    else {
      Issue.record("no configuration")
      return
    }
    // Where nothing was picked there is no configuration to write.
    Driver.type("lle", on: &state)
    #expect(state.dialog?.choices.count == 2)
  }

  @Test("advice is not asked for while latency is measured")
  func quiet() {
    var snapshot = TestData.snapshot
    snapshot.engine.isMeasuring = true
    var state = TestData.state(snapshot: snapshot)
    let effects = Driver.type("A", on: &state)
    #expect(!effects.contains { if case .ask(.advice) = $0 { true } else { false } })
    snapshot.engine.isMeasuring = false
    let later = Driver.apply(.snapshot(snapshot), to: &state)
    #expect(later.contains { if case .ask(.advice) = $0 { true } else { false } })
  }

  @Test("published points are laid over only where they compare")
  func overlay() {
    var state = TestData.state()
    Driver.type("5o", on: &state)
    #expect(state.scatter.x == .overOProj)
    #expect(Render.screen(state).text.contains { $0.contains("○ published") })
    Driver.type("t", on: &state)
    #expect(state.scatter.x == .overhead)
    #expect(!Render.screen(state).text.contains { $0.contains("○ published") })
    Driver.type("o", on: &state)
    #expect(!state.scatter.showsPublished)
    var snapshot = TestData.snapshot
    snapshot.data?.reference = .file(path: "/x/mine.jsonl", evaluation: .share(0.1))
    snapshot.data?.name = "mine.jsonl"
    state = TestData.state(snapshot: snapshot)
    Driver.type("5o", on: &state)
    #expect(!state.scatter.showsPublished)
    #expect(state.notice?.text.contains("no figures for mine.jsonl") == true)
  }

  @Test("the scatter plot keeps runs that were evaluated otherwise out")
  func oneWayOfEvaluating() {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id < 9 {
      snapshot.runs[index].plan.settings.evaluationSplit = .tuning
    }
    let state = TestData.state(snapshot: snapshot)
    #expect(state.scatterPoints.points.flatMap(\.runs).sorted() == [9, 10, 11, 12])
    #expect(state.scatterPoints.split == nil)
    // Without any run like the setup's, those of the newest run are shown, and said to be so.
    var tuned = snapshot
    for index in tuned.runs.indices { tuned.runs[index].plan.settings.evaluationSplit = .tuning }
    let other = TestData.state(snapshot: tuned).scatterPoints
    #expect(other.points.count == 7 && other.split == .tuning)
  }

  /// What `n` queues.
  private func queued(_ state: inout DashboardState) -> RunPlan? {
    guard case .queue(let plan)? = Driver.commands(Driver.type("n", on: &state)).first else { return nil }
    return plan
  }

  @Test("DoRA is a field of the form, counted at once")
  func dora() throws {
    var state = TestData.state()
    let before = state.adapterParameters(.oProj)
    state.setupField = .adapter
    Driver.type("1", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.setup.settings.useDoRA)
    #expect(state.adapterParameters(.oProj) == (before ?? 0) + 32 * 960)
    let plan = try #require(queued(&state))
    #expect(plan.settings.useDoRA)
    Driver.press(.backspace, on: &state)
    #expect(!state.setup.settings.useDoRA)
  }

  @Test(
    "Products in bfloat16 are a field of the form, where the processor has them",
    arguments: [(SetupField.precision, \RunSettings.useBF16), (.scoring, \RunSettings.evaluatesInBF16)])
  func bf16(field: SetupField, isOn: KeyPath<RunSettings, Bool> & Sendable) throws {
    var state = TestData.state()
    state.setupField = field
    Driver.type("1", on: &state)
    Driver.press(.enter, on: &state)
    let plan = try #require(queued(&state))
    #expect(plan.settings[keyPath: isOn])
    Driver.press(.backspace, on: &state)
    #expect(!state.setup.settings[keyPath: isOn])
    state.snapshot.engine.missingForBF16 = "a processor with AVX512-BF16"
    Driver.press(.enter, on: &state)
    #expect(!state.setup.settings[keyPath: isOn])
    #expect(state.notice?.text.contains("AVX512-BF16") == true)
  }
}
