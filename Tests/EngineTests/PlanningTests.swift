import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Testing
import Text
import Training
import Transformer

@Suite struct PlanningTests {
  private func file(_ text: String) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "lorascope-plan-\(UUID().uuidString).toml")
    try Data(text.utf8).write(to: url)
    return url
  }

  @Test func largeSeedsComeBackExactly() throws {
    let plan = SweepPlan(
      model: .builtin, data: [.task(name: "cocohd")], combinations: [.oProj], seeds: [7, .max, UInt64(Int.max) + 1],
      settings: RunSettings())
    let url = try file("")
    try SweepPlanFile.write(plan, to: url)
    #expect(try SweepPlanFile.read(url).seeds == plan.seeds)
  }

  /// Every setting has a key in a plan, which reads what it wrote; the others are the plan's own.
  @Test func everySettingHasAKey() throws {
    let others = SettingField.all.filter { !$0.isInPlan && !$0.isByGroup }
    #expect(others.map(\.key) == ["seed", "match_parameters", "output"])
    // What is computed for a budget is in no plan.
    for field in SettingField.all where field.isInPlan || field.isByGroup && field.key != "rank_split" {
      var settings = RunSettings()
      // What is said of an engine goes with that engine.
      if SettingField.ofEngines.contains(field.key) { settings.engine = .peft }
      _ = field.put(Self.other(field), &settings)
      #expect(settings != RunSettings(), "\(field.key)")
      let plan = SweepPlan(
        model: .builtin, data: [.file(path: "/d/x.jsonl", evaluation: .none)], combinations: [.oProj], seeds: [0],
        settings: settings)
      let url = try file("")
      if field.key.hasSuffix("bf16"), !TrainingOptions.canUseBF16 { continue }
      try SweepPlanFile.write(plan, to: url)
      #expect(try SweepPlanFile.read(url) == plan, "\(field.key)")
    }
  }

  /// Two runs that differ in one setting look different in Compare.
  @Test func everySettingHasARowInCompare() {
    for field in SettingField.all {
      let plain = RunSettings()
      var changed = plain
      _ = field.put(Self.other(field), &changed)
      let runs = [plain, changed].map {
        RunSummary(
          id: 1, plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: .oProj, settings: $0), state: .done,
          created: 0)
      }
      #expect(SettingsTable.rows(runs).contains { $0.differs }, "\(field.key)")
    }
  }

  /// A value that is no default and may be set.
  private static func other(_ field: SettingField) -> SettingValue? {
    switch field.values {
    case .flag: .flag(field.value(RunSettings()) == .flag(false))
    case .whole(let range): .whole(min(3, range.upperBound))
    case .seed: .seed(3)
    case .number: .number(0.5)
    case .wordOrSeed(let words): words.last.map { .text($0) }
    case .choice(let names): names.last.map { .text($0) }
    case .text: .text("x")
    case .byGroup: .text("o_proj=3")
    }
  }

  /// Refused in a plan as on the command line, with both ends.
  @Test(arguments: [
    ("rank = 5000", "settings.rank: must be a whole number from 1 to 4096"),
    ("dropout = 1", "settings.dropout: must be a number from 0 to below 1"),
    ("epochs = 0", "settings.epochs: must be a number over 0 and at most 1000000"),
    ("training_examples = 0", "settings.training_examples: must be a whole number from 1 to 1000000000"),
    ("max_new_tokens = -1", "settings.max_new_tokens: must be a whole number from 1 to 16777216"),
    ("packing = 1", "settings.packing: must be true or false"),
    ("rank = { o_proj = 0 }", "settings.rank.o_proj: must be a whole number from 1 to 4096"),
    ("rank = { default = 1.5 }", "settings.rank.default: must be a whole number from 1 to 4096"),
    ("lr = { fc2 = 'x' }", "settings.lr.fc2: must be a number over 0 and at most 1e+38"),
    (
      "lr = { oproj = 1e-3 }",
      "settings.lr.oproj: no module group; there are qkv, o_proj, fc1, fc2, conv, linear, and default for the others"
    ),
    (
      "lr_ratio = { fc1 = 2, gate_up_proj = 3 }", "settings.lr_ratio: must be a table that names each module group once"
    ),
    ("dropout = { o_proj = 0.1 }", "settings.dropout: must be a number from 0 to below 1"),
  ])
  func aPlanHasTheSameRanges(line: String, words: String) throws {
    let url = try file("data = 'cocohd'\ncombinations = 'all'\n[settings]\n\(line)")
    let error = #expect(throws: Refusal.self) { try SweepPlanFile.read(url) }
    #expect(error?.description.hasSuffix(words) == true && error?.exitStatus == 65, "\(String(describing: error))")
  }

  /// A table, inline or with a heading of its own; one number takes the place of a table before it.
  @Test func aPlanHasValuesByGroup() throws {
    let url = try file(
      """
      data = ["cocohd", "medmcqa"]
      combinations = "all"
      [settings]
      rank = { o_proj = 4, qkv_proj = 32 }
      lr_ratio = 2
      [settings.lr]
      default = 1e-3
      fc2 = 5e-4
      [settings_of.medmcqa]
      lr = 2e-3
      rank = { fc1 = 8 }
      """)
    let plan = try SweepPlanFile.read(url)
    let first = try #require(plan.parts.first?.settings)
    // The common rank is the task's own.
    #expect(first.rank == 16 && first.rankByGroup == ByGroup([.qkv: 32, .oProj: 4]))
    #expect(first.learningRate == 1e-3 && first.learningRateByGroup == ByGroup([.fc2: 5e-4]))
    #expect(first.learningRateRatio == 2 && first.learningRateRatioByGroup.isEmpty)
    let second = try #require(plan.parts.last?.settings)
    #expect(second.learningRate == 2e-3 && second.learningRateByGroup.isEmpty)
    #expect(second.rankByGroup == ByGroup([.fc1: 8]))
    try SweepPlanFile.write(plan, to: url)
    #expect(try SweepPlanFile.read(url) == plan)
  }

  @Test func aPlanFileComesBackAsItWas() throws {
    var settings = RunSettings()
    settings.rank = 16
    settings.alpha = 8
    settings.learningRate = 1.5e-3
    settings.steps = 40
    settings.schedule = .linear
    settings.packing = false
    settings.evaluationExamples = 100
    let plan = SweepPlan(
      model: .folder(path: "/models/a b"), data: [.file(path: "/d/x.jsonl", evaluation: .share(0.2))],
      combinations: [.oProj, [.qkv, .fc2], [.qProj, .upProj]], seeds: [0, 3], settings: settings,
      reuseFinished: false, cheapestFirst: false)
    let url = try file("")
    try SweepPlanFile.write(plan, to: url)
    #expect(try SweepPlanFile.read(url) == plan)
  }

  /// Every key that a plan of the version before the first release could have, but those of files.
  @Test func aPlanOfAnEarlierVersionMeansWhatItDid() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/store/version2/plan.toml").standardizedFileURL
    let plan = try SweepPlanFile.read(url)
    #expect(plan.model == .builtin && plan.parts.map(\.data) == [.task(name: "medmcqa"), .task(name: "cocohd")])
    #expect(plan.combinations == [.oProj, [.qkv, .fc2], .all] && plan.seeds == [0, 3])
    #expect(!plan.reuseFinished && !plan.cheapestFirst && plan.parameterBudget == nil)
    let settings = try #require(plan.parts.first?.settings)
    #expect(settings.rank == 4 && settings.alpha == 12 && settings.useRSLoRA && !settings.useDoRA)
    #expect(settings.dropout == 0.05 && settings.learningRate == 0.002 && settings.learningRateRatio == 2)
    #expect(settings.weightDecay == 0.01 && settings.clip == 0.5 && settings.schedule == .cosine)
    #expect(settings.warmupSteps == 3 && settings.steps == 7 && settings.batchSize == 3)
    #expect(settings.gradientAccumulation == 2 && settings.sequenceLength == 192)
    #expect(!settings.packing && !settings.shuffle && !settings.measureLatency)
    #expect(settings.trainingExamples == 30 && settings.evaluationExamples == 5)
    #expect(settings.evaluationSplit == .tuning && settings.maxNewTokens == 9)
    #expect(plan.parts.last?.settings.rank == 2 && plan.parts.last?.settings.epochs == 2)
  }

  @Test func publishedDataSetsStandInAPlanFile() throws {
    let plan = SweepPlan(
      model: .builtin,
      data: [
        .published(name: "medmcqa", path: "/d/med mcqa", evaluation: .none),
        .published(name: "llava-cot", path: "/d/l.jsonl", evaluation: .none), .task(name: "govreport@8192"),
      ], combinations: [.oProj], seeds: [0], settings: RunSettings())
    let url = try file("")
    try SweepPlanFile.write(plan, to: url)
    #expect(try SweepPlanFile.read(url).parts.map(\.data) == plan.parts.map(\.data))
    let relative = try file("data = \"fincot:mine\"\ncombinations = [\"qkv\"]\n")
    let folder = relative.deletingLastPathComponent().standardizedFileURL.path
    #expect(
      try SweepPlanFile.read(relative).parts.map(\.data) == [
        .published(name: "fincot", path: folder + "/mine", evaluation: .none)
      ])
  }

  @Test func dataOfEarlierPlansIsStillRead() throws {
    let stored = [
      #"{"task":{"name":"medmcqa"}}"#: DataReference.task(name: "medmcqa"),
      #"{"file":{"path":"/a","evaluation":{"share":{"_0":0.5}}}}"#: .file(path: "/a", evaluation: .share(0.5)),
      #"{"file":{"path":"/a","evaluation":{"none":{}}}}"#: .file(path: "/a", evaluation: .none),
    ]
    for (text, reference) in stored {
      #expect(try JSONDecoder().decode(DataReference.self, from: Data(text.utf8)) == reference)
    }
    let published = DataReference.published(name: "fincot", path: "/x/y", evaluation: .share(0.1))
    #expect(
      try JSONDecoder().decode(DataReference.self, from: JSONEncoder().encode(published)) == published
        && published.displayName == "fincot:y")
  }

  @Test func everyDataSetHasSettingsToStartFrom() throws {
    #expect(try RecommendedSettings.of(.file(path: "/none", evaluation: .none)) == RunSettings())
    let long = try RecommendedSettings.of(.task(name: "govreport@8192"))
    #expect(long.sequenceLength > 8192 && long.batchSize == 1 && (long.evaluationExamples ?? 0) > 0)
    #expect(throws: (any Error).self) {
      try RecommendedSettings.of(.published(name: "medmcqa", path: "/none", evaluation: .none))
    }
  }

  @Test func aShortPlanFileHasDefaults() throws {
    let url = try file(
      """
      data = "cocohd"
      combinations = "article"
      seeds = [0, 1]
      [settings]
      rank = 4
      epochs = 3
      """)
    let plan = try SweepPlanFile.read(url)
    #expect(plan.model == .builtin)
    #expect(plan.parts.map(\.data) == [.task(name: "cocohd")])
    #expect(plan.combinations == Targets.articleNine)
    #expect(plan.parts[0].settings.epochs == 3 && plan.parts[0].settings.rank == 4)
    // What is left out is the task's own, as with flags.
    #expect(plan.parts[0].settings.learningRate == 3e-3 && plan.parts[0].settings.batchSize == 4)
    #expect(plan.parts[0].settings.resolvedAlpha == 8)
    #expect(plan.reuseFinished)
    let list = try file("model = 'm'\ndata = ['d.jsonl']\nevaluation_file = 'e.jsonl'\ncombinations = 'qkv;o_proj'")
    let folder = list.deletingLastPathComponent().path
    let relative = try SweepPlanFile.read(list)
    #expect(relative.model == .folder(path: folder + "/m"))
    #expect(
      relative.parts.map(\.data) == [.file(path: folder + "/d.jsonl", evaluation: .file(path: folder + "/e.jsonl"))])
    #expect(relative.combinations == [.qkv, .oProj])
  }

  @Test func aPlanFileMayNameSeveralDataSets() throws {
    let all = try SweepPlanFile.read(try file("data = 'all'\ncombinations = 'article'\nmatch_parameters = 5000"))
    #expect(all.parts.count >= 2)
    #expect(Set(all.parts.map(\.data)).isSuperset(of: [.task(name: "medmcqa"), .task(name: "cocohd")]))
    #expect(all.parameterBudget == 5000)
    let url = try file(
      """
      data = ["medmcqa", "cocohd"]
      combinations = "all"
      [settings]
      rank = 8
      [settings_of.cocohd]
      rank = 4
      steps = 50
      """)
    let plan = try SweepPlanFile.read(url)
    #expect(plan.parts.map(\.settings.rank) == [8, 4])
    #expect(plan.parts.map(\.settings.steps) == [nil, 50])
    #expect(plan.parts.map(\.settings.batchSize) == [16, 4])
    let again = try file("")
    try SweepPlanFile.write(plan, to: again)
    #expect(try SweepPlanFile.read(again) == plan)
  }

  @Test(arguments: [
    ("data = 'cocohd'\ncombinations = 'all'\n[settings_of.medmcqa]\nrank = 4", "settings_of.medmcqa"),
    ("data = 'cocohd'\ncombinations = 'all'\n[settings_of.cocohd]\nrnk = 4", "settings_of.cocohd.rnk"),
    ("data = 'cocohd'\ncombinations = 'all'\nmatch_parameters = 0", "match_parameters"),
    ("data = 'cocohd'\ncombinations = 'all'\n[settings]\nrnk = 4", "settings.rnk"),
    ("data = 'cocohd'\ncombinations = 'all'\n[settings]\nrank = 'x'", "settings.rank"),
    ("data = 'cocohd'\ncombinations = ['nonsense']", "nonsense"),
    ("data = 'cocohd'", "combinations"),
    ("combinations = 'all'", "data"),
    ("data = 'cocohd'\ncombinations = 'all'\nseeds = [-1]", "seeds"),
    ("data = 'cocohd'\n= 3", "line 2"),
    ("data = 'cocohd'\ncombinations = 'all'\n[settings]\nschedule = 'steep'", "cosine"),
  ])
  func aWrongPlanFileIsRefusedByName(text: String, mention: String) throws {
    let url = try file(text)
    let error = #expect(throws: Refusal.self) { try SweepPlanFile.read(url) }
    #expect(error?.description.contains(mention) == true)
    #expect(error?.description.contains(url.lastPathComponent) == true)
    #expect(error?.description.contains("\n") == false)
    #expect(error?.exitStatus == 65)
  }

  @Test func theStoreIsInTheDataFolder() {
    #expect(
      StoreLocation.defaultStore(in: PersonFolders(environment: [:], account: "/h")).path
        == "/h/.local/share/lorascope/store.sqlite")
    let own = StoreLocation.defaultStore(in: PersonFolders(environment: ["XDG_DATA_HOME": "/x"], account: "/h"))
    #expect(own.path == "/x/lorascope/store.sqlite")
    let relative = StoreLocation.defaultStore(in: PersonFolders(environment: ["XDG_DATA_HOME": "x"], account: "/h"))
    #expect(relative.path == "/h/.local/share/lorascope/store.sqlite")
  }

  @Test func aSuspendedMeasurementIsNoticed() {
    let start = ContinuousClock.now
    var watch = SuspensionWatch(now: start)
    watch.round(at: start + .milliseconds(300))
    watch.round(at: start + .milliseconds(900))
    #expect(!watch.wasSuspended)
    watch.round(at: start + .milliseconds(2800))
    #expect(!watch.wasSuspended)
    watch.round(at: start + .seconds(60))
    #expect(watch.wasSuspended)
  }

  @Test func aSlowModelIsNotTakenForASuspendedOne() {
    let start = ContinuousClock.now
    var watch = SuspensionWatch(now: start)
    for round in 1...5 { watch.round(at: start + .seconds(40 * round)) }
    #expect(!watch.wasSuspended)
  }
}
