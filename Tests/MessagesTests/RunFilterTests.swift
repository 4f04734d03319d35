import Messages
import Recipe
import Testing

/// The language in which runs are asked for: `/` in the dashboard, `--filter` on the command line.
@Suite struct RunFilterTests {
  private static let runs: [RunSummary] = {
    func run(
      _ id: RunID, _ data: String, _ targets: Targets, _ state: RunState, score: Double? = nil,
      _ change: (inout RunSettings) -> Void = { _ in }
    ) -> RunSummary {
      var settings = RunSettings()
      change(&settings)
      let plan = RunPlan(model: .builtin, data: .task(name: data), targets: targets, settings: settings)
      var run = RunSummary(id: id, plan: plan, state: state, created: 1_700_000_000)
      run.score = score.map {
        ScoreSummary(
          metric: "accuracy", score: Interval(estimate: $0, low: $0, high: $0), examples: 100, parseFailureRate: 0.02,
          lenient: $0, meanOutputTokens: 3)
      }
      return run
    }
    var runs = [
      run(1, "cocohd", .oProj, .done, score: 0.95) { ($0.rank, $0.learningRate) = (16, 1e-3) },
      run(2, "cocohd", [.qkv, .oProj], .done, score: 0.7) { ($0.seed, $0.learningRate) = (1, 2e-4) },
      run(3, "medmcqa", .fc1, .failed) { $0.useDoRA = true },
      run(4, "medmcqa", .qProj, .stopped, score: 0.9) { $0.alpha = 64 },
      run(12, "medmcqa", .all, .waiting) { $0.rankByGroup = ByGroup([.oProj: 8, .fc2: 4]) },
      run(13, "cocohd", [], .done, score: 0.1),
    ]
    runs[1].latency = LatencySummary(
      p50: 0.07, p95: 0.09, baseP50: 0.06, baseP95: 0.08,
      overheadPercent: Interval(estimate: 12, low: 11, high: 13), blocks: 12)
    runs[2].reason = "loss is NaN at step 100"
    runs[0].labels.name = "Größe best"
    runs[3].labels.tags = ["good", "final"]
    runs[3].labels.isPinned = true
    return runs
  }()

  private func ids(_ text: String) throws -> [RunID] {
    let filter = try RunFilter(text)
    return Self.runs.filter(filter.matches).map(\.id)
  }

  @Test(
    arguments: [
      ("", [1, 2, 3, 4, 12, 13]), ("   ", [1, 2, 3, 4, 12, 13]),
      ("data:coco", [1, 2, 13]), ("data=coco", []), ("data=cocohd", [1, 2, 13]), ("DATA=CocoHD", [1, 2, 13]),
      ("data!=cocohd", [3, 4, 12]), ("-data:coco", [3, 4, 12]), ("data:coco,med score>0.9", [1]),
      ("targets:o_proj", [1, 2, 12]), ("targets=o_proj", [1]), ("modules:qkv+o_proj", [2, 12]),
      ("targets:o_proj,fc1", [1, 2, 3, 12]),
      ("targets=o_proj+qkv", [2]), ("targets:q_proj", [2, 4, 12]), ("-targets:o_proj", [3, 4, 13]),
      ("targets:base", [13]),
      ("score>0.9", [1]), ("score>=90%", [1, 4]), ("score<0.9", [2, 13]), ("-score<0.9", [1, 3, 4, 12]),
      ("score:none", [3, 12]),
      ("score=0.5..0.9", [2, 4]), ("score!=none", [1, 2, 4, 13]),
      ("state:done", [1, 2, 13]), ("state=nan", [3]), ("state:failed", [3]), ("state:part,wait", [4, 12]),
      ("-state:done", [3, 4, 12]),
      ("rank=16", [1]), ("rank:16", [1]), ("rank>=8 rank<=16", [1, 2, 3, 4, 12]), ("rank=9..64", [1]),
      // The base's evaluation has no settings of training.
      ("seed=1", [2]), ("seed=0,1", [1, 2, 3, 4, 12]), ("-seed:none", [1, 2, 3, 4, 12]),
      ("lr<1e-3", [2, 3, 4, 12]), ("learning_rate=0.001", [1]), ("learningRate=0.001", [1]),
      ("lr<=1e-3", [1, 2, 3, 4, 12]),
      ("dora:yes", [3]), ("dora=DoRA", [3]), ("dora:no", [1, 2, 4, 12]), ("alpha=64", [4]), ("alpha=32", [1]),
      ("rank-by-group:fc2=4", [12]), ("rank_by_group:\"o_proj=8,fc2=4\"", [12]),
      ("overhead<15", [2]), ("overhead>=12%", [2]), ("p50<70us", []), ("p50<=70us", [2]), ("p95>0.08ms", [2]),
      ("id>=4", [4, 12, 13]), ("created=2023-11-14", [1, 2, 3, 4, 12, 13]), ("created>2023-11-14", []),
      ("name:GRÖ", [1]), ("name=\"größe best\"", [1]), ("best", [1]), ("tag:good", [4]), ("tag=goo", []),
      ("tag:none", [1, 2, 3, 12, 13]), ("-tag:final state:part", []), ("pinned:yes", [4]), ("note:x", []),
      ("reason:nan", [3]), ("reason:\"is NaN\"", [3]),
      ("#12", [12]), ("12", [12]), ("F", [12]), ("f", [12]), ("s1", [2]), ("nan", [3]), ("cocohd done", [1, 2, 13]),
      ("\"o_proj\"", [1, 2, 12]), ("-cocohd", [3, 4, 12]), ("-\"qkv+o_proj\" cocohd", [1, 13]), ("zzz", []),
    ] as [(String, [RunID])])
  func finds(_ text: String, _ wanted: [RunID]) throws {
    #expect(try ids(text) == wanted, "\(text)")
  }

  /// Where it is wrong, what is wrong, and what is known.
  @Test(arguments: [
    ("data:x scor>0.9", 7, "no field “scor”: score"), ("xyzzy=1", 0, "every setting"),
    ("rank=abc", 5, "“abc” is no number: rank=8"),
    ("score>90", 6, "share: write 0.9 or 90%"), ("a score>", 8, "score> what?"),
    ("state:gone", 6, "never “gone”: wait"),
    ("dora:maybe", 5, "DoRA or LoRA"), ("data>3", 5, "no order"), ("rank=64..8", 5, "downwards"),
    ("rank>8,16", 7, "one number"),
    ("created>yesterday", 8, "is no day"), ("- x", 0, "hyphen"), ("x \"open", 2, "not closed"),
    (":x", 0, "field's name"),
    ("score>0x1", 6, "is no share"), ("score>inf", 6, "is no share"), ("lr=1..2..3", 3, "is no number"),
    ("seed=,1", 5, "seed= what?"),
  ])
  func refuses(_ text: String, _ position: Int, _ words: String) throws {
    let problem = try #require(RunFilter.reading(text).problem, "\(text)")
    #expect(problem.position == position && problem.line.contains(words), "\(problem.line)")
    #expect(!problem.line.contains("\n") && problem.line.hasPrefix("column \(position + 1): "))
    #expect(throws: problem) { try RunFilter(text) }
  }

  /// What is understood holds while the rest is being typed.
  @Test func unfinishedTextFiltersByWhatIsThere() {
    let (filter, problem) = RunFilter.reading("data:cocohd score>")
    #expect(problem != nil)
    #expect(Self.runs.filter(filter.matches).map(\.id) == [1, 2, 13])
  }

  @Test func everySettingCanBeAskedFor() throws {
    for setting in SettingField.all {
      let filter = try RunFilter("\(setting.name):none")
      _ = Self.runs.map(filter.matches)
      for name in [setting.key, setting.stored, setting.key.replacing("_", with: "-")] {
        #expect(throws: Never.self, "\(name)") { try RunFilter("\(name)!=none") }
      }
    }
  }

  @Test(arguments: [
    ("sco", 3, 0..<3, "score"), ("data:x -sc", 10, 8..<10, "score"), ("state:fai", 9, 6..<9, "failed"),
    ("dora:Do", 7, 5..<7, "DoRA"), ("targets:o_", 10, 8..<10, "o_proj"), ("state:done,fai", 14, 11..<14, "failed"),
  ])
  func completes(_ text: String, _ cursor: Int, _ range: Range<Int>, _ wanted: String) {
    let (found, names) = RunFilter.completions(text, cursor: cursor)
    #expect(found == range && names.contains(wanted), "\(names)")
  }

  @Test func nothingCompletesAWordInQuotationMarks() {
    #expect(RunFilter.completions("\"sco", cursor: 4).names.isEmpty)
    #expect(RunFilter.completions("rank=1", cursor: 6).names.isEmpty)
  }

  /// Whatever is typed, it is read or refused.
  @Test func anyTextIsReadOrRefused() {
    let parts = [
      "\"", "-", ":", "=", "<", ">", "!", ",", " ", "score", "rank", "é", "\u{1b}", "..", "9", "none", "data", "%", "e",
    ]
    var random = SplitMix64(seed: 7)
    for _ in 0..<3000 {
      let text = (0..<Int(random.next() % 9)).map { _ in parts[Int(random.next() % UInt64(parts.count))] }.joined()
      let (filter, problem) = RunFilter.reading(text)
      _ = Self.runs.filter(filter.matches)
      if let problem {
        #expect(problem.position <= text.count, "\(text)")
        #expect(!problem.line.contains("\u{1b}"), "\(text)")
      }
      for cursor in 0...text.count { _ = RunFilter.completions(text, cursor: cursor) }
    }
  }
}
