import Analysis
import Foundation
import Messages
import Recipe
import Testing

@Suite struct StudyReportTests {
  func run(
    _ id: RunID, _ targets: Targets, right: Int, overhead: Double? = nil, seed: UInt64 = 0, data: String = "medmcqa",
    rank: Int = 8, fingerprint: String = "f", state: RunState = .done
  ) -> (RunSummary, [ExampleOutcome]) {
    var settings = RunSettings()
    settings.seed = seed
    settings.rank = rank
    var run = RunSummary(
      id: id, plan: RunPlan(model: .builtin, data: .task(name: data), targets: targets, settings: settings),
      state: state, created: 0)
    run.prepared = PreparedRun(
      totalSteps: 3, trainableParameters: 1000, baseParameters: 100_000, modules: ["model.layers.0.self_attn.o_proj"],
      trainingExamples: 10, truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 50,
      baseFingerprint: fingerprint, instructionSet: "avx2", threads: 1)
    run.totalSteps = 3
    run.score = ScoreSummary(
      metric: "accuracy", score: Interval(estimate: Double(right) / 50, low: 0, high: 1), examples: 50,
      parseFailureRate: 0.02, lenient: 0.9, meanOutputTokens: 4)
    run.latency = overhead.map {
      LatencySummary(
        p50: 1.5, p95: 2, baseP50: 1, baseP95: 1.5, overheadPercent: Interval(estimate: $0, low: $0 - 1, high: $0 + 1),
        blocks: 8)
    }
    run.losses = MetricSeries([2, .nan, 1])
    return (run, outcomes(right: right))
  }

  private func outcomes(right: Int) -> [ExampleOutcome] {
    (0..<50).map {
      ExampleOutcome(
        index: $0, prompt: "p\($0)", expected: "e", output: "o", score: $0 < right ? 1 : 0, parsed: true,
        lenient: $0 < right ? 1 : 0, outputTokens: 1)
    }
  }

  func content(
    _ entries: [(RunSummary, [ExampleOutcome])], base: Int? = 10, filter: StudySelection.Filter = .init()
  ) throws -> ReportContent {
    var entries = entries
    if let base, let plan = entries.first?.0.plan.baseline {
      var run = entries[0].0
      run.id = 90
      run.plan = plan
      run.latency = nil
      entries.append((run, outcomes(right: base)))
    }
    let selection = StudySelection(entries.map(\.0), filter: filter)
    let published = try PublishedStudy.standard()
    let scores = Dictionary(uniqueKeysWithValues: entries.map { ($0.0.id, $0.1.map { ExampleScoreRecord($0) }) })
    let table = StudyAssembly.table(selection, scores: scores, published: published)
    return ReportContent(table: table, selection: selection, published: published, options: RecommendationOptions())
  }

  private var entries: [(RunSummary, [ExampleOutcome])] {
    [
      run(1, .oProj, right: 30, overhead: 4), run(2, .oProj, right: 34, overhead: 6, seed: 1),
      run(3, .all, right: 48, overhead: 28), run(4, .all, right: 46, overhead: 30, seed: 1),
    ]
  }

  @Test func onlyWhatBelongsTogetherIsOneStudy() {
    let all =
      entries + [
        run(5, .fc1, right: 9, rank: 4), run(6, .fc2, right: 9, fingerprint: "other"),
        run(7, .qkv, right: 9, state: .failed), run(8, .oProj, right: 31, overhead: 5),
      ]
    let selection = StudySelection(all.map(\.0), filter: .init())
    #expect(selection.runs.map(\.id) == [2, 3, 4, 8])
    #expect(
      selection.leftOut == [
        "#1: repeated by another run", "#5: other settings than most runs on medmcqa",
        "#6: another base model (builtin); name one with --model",
      ])
    // A run that is repeated to have its latency measured, or not to, is no second seed.
    var unmeasured = run(9, .oProj, right: 30).0
    unmeasured.plan.settings.measureLatency = false
    unmeasured.latency = nil
    let repeated = StudySelection(entries.map(\.0) + [unmeasured], filter: .init())
    #expect(repeated.runs.map(\.id) == [1, 2, 3, 4] && repeated.leftOut == ["#9: repeated by another run"])
    var filter = StudySelection.Filter()
    filter.seeds = [1]
    #expect(StudySelection(all.map(\.0), filter: filter).runs.map(\.id) == [2, 4])
    filter.query = "targets=o_proj"
    #expect(StudySelection(all.map(\.0), filter: filter).runs.map(\.id) == [2])
    filter.query = nil
    filter.data = ["cocohd"]
    #expect(StudySelection(all.map(\.0), filter: filter).runs.isEmpty)
  }

  /// Shots are the base's: other ones make no other run, and the study's base is the one that was evaluated last.
  @Test func shotsAreTheBasesAlone() throws {
    var run = self.run(1, .qkv, right: 30).0
    var again = run
    again.plan.settings.fewShot = 8
    #expect(again.plan.deciding == run.plan.deciding && again.plan.withoutTargets == run.plan.withoutTargets)
    var base = run
    (base.id, base.plan) = (3, try #require(again.plan.baseline))
    #expect(base.plan.deciding.settings.fewShot == 8)
    #expect(StudySelection([run, base], filter: .init()).bases[run.plan.data]?.id == 3)
    run.plan.settings.rank += 1
    #expect(StudySelection([run, base], filter: .init()).runs.map(\.id) == [1])
  }

  /// A study with a rate for o_proj takes the run without o_proj from the study before it, and is one study.
  @Test func aStudyByGroupSharesRuns() throws {
    func run(_ id: RunID, _ targets: Targets, _ change: (inout RunSettings) -> Void) -> RunSummary {
      var run = self.run(id, targets, right: 30).0
      change(&run.plan.settings)
      return run
    }
    let plain = [run(1, .qkv) { _ in }, run(2, .oProj) { _ in }]
    let faster = { (settings: inout RunSettings) in settings.learningRateByGroup = ByGroup([.oProj: 6e-3]) }
    let study = [run(3, .oProj, faster), run(4, [.qkv, .oProj], faster)]
    #expect(run(5, .qkv, faster).plan.deciding == plain[0].plan.deciding)
    #expect(study[0].plan.deciding == run(6, .oProj) { $0.learningRate = 6e-3 }.plan.deciding)
    #expect(study[0].plan.deciding != plain[1].plan.deciding)
    #expect(study[0].plan.withoutTargets == study[1].plan.withoutTargets)
    let selection = StudySelection(plain + study, filter: .init())
    #expect(selection.runs.map(\.id) == [1, 3, 4])
    #expect(selection.leftOut == ["#2: other settings than most runs on medmcqa"])
    // In a parameter-matched study the split is common to all, the ranks are not.
    let split = { (settings: inout RunSettings) in
      settings.parameterBudget = 1000
      (settings.rankByGroup, settings.rankSplit) = (ByGroup([.oProj: settings.rank * 2]), ByGroup([.oProj: 2]))
    }
    let matched = [
      run(7, .oProj, split),
      run(8, .qkv) {
        $0.rank = 5
        split(&$0)
      },
    ]
    #expect(matched[0].plan.withoutTargets == matched[1].plan.withoutTargets)
    #expect(matched[0].plan.deciding.settings.rankSplit.isEmpty)
  }

  @Test func seedsBecomeOneCell() throws {
    let content = try content(entries)
    let dataset = try #require(content.table.datasets.first)
    #expect(dataset.cells.map(\.targets) == [.oProj, .all])
    #expect(dataset.cells[0].mean == 64)
    #expect(dataset.cells[0].runs == [1, 2])
    #expect(dataset.cells[0].overheadPercent?.estimate == 5)
    #expect(dataset.base?.mean == 20)
    #expect(dataset.base?.runs == [90])
    #expect(content.runs.map(\.id) == [1, 2, 3, 4])
    #expect(dataset.modality == .text && !dataset.reasoning)
    #expect(content.table.costs[.all]?.value == 29)
    #expect(dataset.cells.map(\.onFront) == [true, true])
    #expect(content.advice[0].targets == .all)
    #expect(content.advice[1].targets == .oProj)
    #expect(content.tradeoffs.first { $0.targets == .all }?.verdict == .above)
    #expect(content.tradeoffs.first { $0.targets == .qkv }?.verdict == .notMeasured)
  }

  @Test func markdownNamesRunsDenominatorsAndWhatWasNotRun() throws {
    let text = MarkdownReport.text(try content(entries))
    #expect(text.contains("| data set | base | qkv | o_proj |"))
    #expect(text.contains("| medmcqa (text) | 20.0 | – | 64.0 ± "))
    #expect(text.contains("| MedMCQA (text) | 1.68 | 62.18 | 63.10 | 12.90 |"))
    #expect(text.contains("| mean, all |"))
    #expect(text.contains("over the base, points"))
    #expect(text.contains("TPOT over the base's, %"))
    #expect(text.contains("#1 #2"))
    #expect(text.contains("Of the article's nine, not run: qkv, fc1"))
    #expect(text.contains("-0.02 (n = 7"))
    #expect(!text.contains("<svg"))
  }

  @Test func whereNothingWasRightNothingIsTheBest() throws {
    let text = MarkdownReport.text(try content([run(1, .oProj, right: 0), run(2, .qkv, right: 0)]))
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| qkv |") || $0.hasPrefix("| o_proj |") }
    #expect(rows.filter { $0.contains("| – | – | nothing right |") }.count == 2, "\(rows)")
    #expect(!text.contains("**0.0"))
  }

  @Test func theBaseThatWasNotScoredIsSaidToBe() throws {
    let text = MarkdownReport.text(try content(entries, base: nil))
    #expect(text.contains("Base alone: not scored"))
    #expect(text.contains("the base alone was not scored on medmcqa"))
  }

  /// A page that a browser could take something from the network for, or run something in, is not self-contained.
  @Test func thePageIsWholeByItself() throws {
    let page = HTMLReport.page(try content(entries))
    for word in ["<script", "http:", "https:", "src=", "href=", "@import", "url("] { #expect(!page.contains(word)) }
    #expect(page.contains("prefers-color-scheme: dark"))
    #expect(page.contains("<svg"))
    #expect(page.components(separatedBy: "<figure>").count - 1 == 3)
    #expect(page.contains("<table class=\"published\">"))
    #expect(page.contains("<strong>94.0 ± "))
    #expect(page.contains("class=\"published\""))
    #expect(page.contains("<title>#3 qkv+o_proj+fc1+fc2, seed 0</title>"))
    // Every element that is opened is closed, so the page reads as XML too.
    let body = page.replacingOccurrences(of: "<!doctype html>", with: "")
      .replacing(#/<meta [^>]*>/#, with: "")
    let parser = XMLCheck(body)
    #expect(parser.problem == nil)
  }

  @Test func namesFromFilesCannotBecomeMarkup() throws {
    var odd = run(1, .oProj, right: 10, overhead: 3)
    odd.0.plan.data = .file(path: "/x/<b>|a&b.jsonl", evaluation: .share(0.1))
    let content = try content([odd])
    #expect(HTMLReport.page(content).contains("&lt;b&gt;|a&amp;b.jsonl"))
    #expect(!HTMLReport.page(content).contains("<b>"))
    #expect(MarkdownReport.text(content).contains("\\<b>\\|a&b.jsonl"))
  }

  @Test func tablesForPrograms() throws {
    let content = try content(entries)
    let cells = CSVReport.cells(content).components(separatedBy: "\r\n")
    #expect(cells.count == 12)
    #expect(cells[1].hasPrefix("measured,medmcqa,base,done,20.0,"))
    #expect(cells[2].hasPrefix("measured,medmcqa,o_proj,done,64.0,"))
    #expect(cells[2].hasSuffix(",0 1,1 2,63.1,"))
    #expect(cells.contains { $0.hasPrefix("measured,medmcqa,fc1,not run,,") && $0.hasSuffix(",12.9,") })
    #expect(CSVReport.losses(content).hasPrefix("run,step,loss\r\n1,1,2.0\r\n1,2,\r\n1,3,1.0\r\n"))
    #expect(CSVReport.runs(content).components(separatedBy: "\r\n").count == 6)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(JSONReport(content).text().utf8)) as? [String: Any])
    #expect(json["origin"] as? String == "measured")
    #expect((json["cells"] as? [[String: Any]])?.first?["runs"] as? [Int] == [1, 2])
    #expect((json["findings"] as? [Any])?.count == 5)
    #expect((json["published_recommendations"] as? [[String: Any]])?.first?["targets"] as? String == "o_proj+fc2")
  }

  @Test(arguments: ["report.md", "report.html", "report.json", "table.csv", "cells.csv", "runs.csv", "losses.csv"])
  func aReportReplacesReportsAlone(name: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-report-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let content = try content(entries)
    try ReportFolder.write(content, to: folder)
    try ReportFolder.write(content, to: folder)
    let file = folder.appending(path: name)
    let precious = Data("<!doctype html>\norigin,run\n{}".utf8)
    try precious.write(to: file)
    let error = #expect(throws: Refusal.self) { try ReportFolder.write(content, to: folder) }
    #expect(error?.exitStatus == 73 && error?.description.contains(name) == true)
    #expect(try Data(contentsOf: file) == precious)
  }

  /// A data set's name is a file's name, which a stranger may have chosen.
  @Test(arguments: [
    ("=cmd|calc!A0", "'=cmd|calc!A0"), ("@SUM(1)", "'@SUM(1)"), ("-2+3", "'-2+3"), ("+1-1", "'+1-1"),
    (" =1", "' =1"), ("\t=1", "' =1"), ("\r\n=1", "'  =1"), ("\u{FF1D}1", "'\u{FF1D}1"), ("=a,b", "\"'=a,b\""),
    ("=\"x\"", "\"'=\"\"x\"\"\""), ("-12.5e-3", "-12.5e-3"), ("+7", "+7"), ("plain", "plain"), ("-inf", "'-inf"),
    ("a\u{1B}[1m\u{202E}", "a<U+001B>[1m<U+202E>"),
  ]) func cellsCannotBeFormulas(name: String, cell: String) throws {
    let content = try content([run(1, .oProj, right: 30, data: name)])
    for table in [CSVReport.runs(content), CSVReport.cells(content), CSVReport.table(content)] {
      let cells = table.components(separatedBy: "\r\n").dropFirst().filter { !$0.isEmpty }
      #expect(cells.contains { $0.contains("," + cell + ",") }, "\(table.prefix(600))")
      #expect(name == cell || !table.contains("," + name + ","))
    }
  }

  /// What is split among groups by a study is not a second rank, and a run's data is in its line.
  @Test func aRunsLineSaysWhatItHad() throws {
    // Where all groups have one rank nothing stands beside it.
    var (run, outcomes) = run(1, [.qkv, .oProj], right: 5)
    (run.plan.settings.rankByGroup, run.plan.settings.rankSplit) = (ByGroup([.oProj: 4]), ByGroup([.oProj: 2]))
    (run.plan.settings.dataVersion, run.plan.settings.groupField) = (2, "topic")
    let content = try content([(run, outcomes)])
    let settings = try #require(MarkdownReport.text(content).split(separator: "\n").first { $0.contains(", batch ") })
    #expect(settings.components(separatedBy: ", rank ").dropFirst().map { $0.prefix(8) } == ["o_proj=4"], "\(settings)")
    let lines = CSVReport.runs(content).components(separatedBy: "\r\n")
    #expect(lines[0].hasSuffix(",data_seed,data_version,tuning_share,group_field,prompt_only"))
    #expect(lines[1].hasSuffix(",same,2,,topic,0"))
  }

  /// What a run looked at while it trained is a file of its own, where a run did; and what its adapter acts on is said.
  @Test func heldOutLossesAndPrompts() throws {
    var (run, outcomes) = run(1, .oProj, right: 5)
    #expect(CSVReport.heldOutLosses(try content([(run, outcomes)])) == "run,step,held_out_loss,split,examples\r\n")
    (run.plan.settings.promptOnly, run.plan.settings.evalEvery, run.totalSteps) = (true, 5, 12)
    run.heldOutLosses = MetricSeries([2.5, .nan, 1.5])
    run.prepared?.heldOut = HeldOutExamples(split: .tuning, examples: 64)
    let content = try content([(run, outcomes)])
    let about = run.prepared == nil ? "," : "tuning,64"
    #expect(
      CSVReport.heldOutLosses(content)
        == "run,step,held_out_loss,split,examples\r\n1,5,2.5,\(about)\r\n1,10,,\(about)\r\n1,12,1.5,\(about)\r\n")
    #expect(CSVReport.runs(content).components(separatedBy: "\r\n")[1].hasSuffix(",1"))
    #expect(MarkdownReport.text(content).contains(", prompt-only"))
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-report-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try ReportFolder.write(content, to: folder).last?.lastPathComponent == "held-out.csv")
    try ReportFolder.write(content, to: folder)
  }

  @Test func numbersStayNumbers() throws {
    var (run, outcomes) = run(1, .oProj, right: 5, overhead: -4)
    run.losses = MetricSeries([-1.5, 2])
    let content = try content([(run, outcomes)])
    #expect(CSVReport.runs(content).contains(",-4.0,"))
    #expect(CSVReport.losses(content) == "run,step,loss\r\n1,1,-1.5\r\n1,2,2.0\r\n")
  }

  @Test func thePublishedStudyAloneIsMarkedSo() throws {
    let study = try PublishedStudy.standard()
    let content = ReportContent(
      table: study.table, selection: nil, published: study, options: RecommendationOptions())
    let text = MarkdownReport.text(content)
    #expect(text.contains("nothing here was measured by this program"))
    #expect(text.contains("59.49") && text.contains("60.75") && text.contains("62.54"))
    #expect(HTMLReport.page(content).contains("lorascope: published study"))
    #expect(
      XMLCheck(
        HTMLReport.page(content).replacingOccurrences(of: "<!doctype html>", with: "")
          .replacing(#/<meta [^>]*>/#, with: "")
      ).problem == nil)
  }
}

/// Whether every tag of a text is closed by its own name, and every attribute quoted.
private struct XMLCheck {
  let problem: String?

  init(_ text: String) {
    var open: [Substring] = []
    var problem: String?
    for match in text.matches(of: #/<(\/?)([a-z0-9]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>/#) {
      if match.1 == "/" {
        if open.popLast() != match.2 { problem = problem ?? "</\(match.2)> closes nothing" }
      } else if match.4.isEmpty {
        open.append(match.2)
      }
    }
    if let left = open.last { problem = problem ?? "<\(left)> is not closed" }
    let stripped = text.replacing(#/<(\/?)([a-z0-9]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>/#, with: "")
    if stripped.contains("<") { problem = problem ?? "a tag that is none" }
    self.problem = problem
  }
}
