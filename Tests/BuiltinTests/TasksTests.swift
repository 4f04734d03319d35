import Builtin
import Recipe
import Testing
import Text
import Training

@Suite struct TasksTests {
  private struct Question: Hashable {
    let prompt: String
    let pixels: [[UInt8]]

    init(_ example: Example) {
      prompt = example.prompt
      pixels = example.images.compactMap { try? $0.decoded().pixels }
    }
  }

  @Test func areFoundByName() throws {
    #expect(try BuiltinTasks.named("medmcqa").name == "medmcqa")
    #expect(try BuiltinTasks.named("CoCoHD").name == "cocohd")
    #expect(throws: BuiltinError.unknownTask(name: "mmlu", known: BuiltinTasks.all.map(\.name))) {
      try BuiltinTasks.named("mmlu")
    }
  }

  @Test(arguments: BuiltinTasks.all.map(\.name))
  func examplesAreDeterministicAndSplitsDisjoint(_ name: String) throws {
    let task = try BuiltinTasks.named(name)
    // What is asked, pictures included.
    var prompts: [Split: Set<Question>] = [:]
    for split in Split.allCases {
      let examples = task.examples(split: split, count: 300, seed: 0)
      #expect(examples.count == 300)
      #expect(examples == task.examples(split: split, count: 300, seed: 0))
      #expect(examples != task.examples(split: split, count: 300, seed: 1))
      prompts[split] = Set(examples.map(Question.init))
    }
    for split in Split.allCases {
      for other in Split.allCases where other != split {
        #expect(prompts[split]?.isDisjoint(with: prompts[other] ?? []) == true)
      }
    }
  }

  @Test(arguments: BuiltinTasks.all.map(\.name))
  func goldScoresFullAndNothingScoresNothing(_ name: String) throws {
    let task = try BuiltinTasks.named(name)
    for example in task.examples(split: .evaluation, count: 200, seed: 3) {
      let gold = task.metric.score(output: example.completion, example: example)
      #expect(gold.value == 1 && gold.parsed && gold.lenient == 1)
      let empty = task.metric.score(output: "", example: example)
      // Every text is a summary, an empty one too.
      #expect(empty.value == 0 && (!empty.parsed || task.metric is RougeLsum))
    }
  }

  /// So that the base can be scored by what it holds for likely: a closed set for each question, in which only the right one is right.
  @Test(arguments: BuiltinTasks.all.map(\.name))
  func everyQuestionHasOptionsOfWhichOneIsRight(_ name: String) throws {
    let task = try BuiltinTasks.named(name)
    let examples = task.examples(split: .evaluation, count: 200, seed: 0)
    let set = try #require(OptionSet(of: examples, training: [], metric: task.metric))
    #expect(set.source != .labels)
    let most = ["fincot": 8, "govreport": 8, "llava-cot": 9, "invoice-ocr": 8][name] ?? 4
    let all = set.options.compactMap { $0 }
    #expect(all.count == examples.count)
    for (example, options) in zip(examples, all) {
      #expect((2...most).contains(options.texts.count) && Set(options.texts).count == options.texts.count)
      guard options.texts.contains(example.completion) else {
        // The metric's options are letters or their texts, which a completion may rule out.
        for (place, text) in options.texts.enumerated() where set.source == .task {
          let isSaid = parts(text).allSatisfy { example.completion.contains($0) }
          #expect(isSaid == (place == options.right), "\(example.id): \(text)")
        }
        continue
      }
      for (place, text) in options.texts.enumerated() {
        let value = task.metric.score(output: text, example: example).value
        #expect((value == 1) == (place == options.right), "\(example.id): \(text)")
      }
    }
    // Most have as many as there may be, and the right one stands anywhere.
    let count = all.reduce(0) { $0 + $1.texts.count }
    #expect(4 * count > 3 * most * examples.count, "\(name): \(count)")
    for place in 0..<most {
      #expect(all.count { $0.right == place } > examples.count / (3 * most), "\(name) \(place)")
    }
  }

  /// What a completion holds of an option that is a part of it: fields of a record, a conclusion, a line.
  private func parts(_ option: String) -> [String] {
    if option.hasPrefix("Answer: ") { return ["<CONCLUSION> " + option.dropFirst(8) + " </CONCLUSION>"] }
    let text = option.trimmingPrefix(" ")
    return text.hasPrefix("{") ? text.dropFirst().split(separator: ",").map(String.init) : [option]
  }

  @Test func evaluationAsksOfNothingThatTrainingShows() throws {
    let world = World.standard
    let medical = MedMCQATask().examples(split: .evaluation, count: 300, seed: 0).map(\.prompt)
    let shown = MedMCQATask().examples(split: .train, count: 300, seed: 0).map(\.prompt)
    for condition in world.conditions {
      let asked = medical.contains { $0.prefix { $0 != "\n" }.contains(condition.name) }
      let trained = shown.contains { $0.prefix { $0 != "\n" }.contains(condition.name) }
      #expect(!(asked && trained), "\(condition.name)")
    }
    let hearings = CoCoHDTask().examples(split: .evaluation, count: 200, seed: 0).map(\.prompt).joined()
    let trained = CoCoHDTask().examples(split: .train, count: 200, seed: 0).map(\.prompt).joined()
    for name in world.surnames {
      #expect(!(hearings.contains("\n\(name):") && trained.contains("\n\(name):")), "\(name)")
    }
  }

  @Test func noCompanyOrTownIsInTwoSplits() {
    let world = World.standard
    for (task, names) in [(FinCoTTask() as any BuiltinTask, world.companies), (GovReportTask(), world.towns)] {
      let shown = Split.allCases.map { split in
        Set(
          task.examples(split: split, count: 200, seed: 1).flatMap { example in
            example.prompt.split { !$0.isLetter }.map(String.init).filter(names.contains)
          })
      }
      #expect(shown.allSatisfy { !$0.isEmpty })
      #expect(shown.reduce(0) { $0 + $1.count } == shown.reduce(Set()) { $0.union($1) }.count, "\(task.name)")
    }
  }

  /// Of each task: what its 500 evaluation examples are about, and how many such things there are in both versions.
  @Test(arguments: [
    ("medmcqa", "conditions", 36, 36), ("medreason", "conditions", 36, 36), ("cocohd", "chairs", 24, 36),
    ("fincot", "companies", 10, 15), ("govreport", "towns", 8, 12), ("invoice-ocr", "vendors", 10, 15),
  ])
  func evaluationIsAboutManyThings(name: String, noun: String, first: Int, present: Int) throws {
    for (version, count) in [(TaskVersion.first, first), (TaskVersion.present, present)] {
      let task = try BuiltinTasks.named(name, version: version)
      #expect(task.groupNoun == noun)
      let examples = task.examples(split: .evaluation, count: 500, seed: 0)
      let groups = Set(examples.compactMap(\.group))
      #expect(examples.allSatisfy { $0.group != nil })
      #expect(groups.count <= count && groups.count >= count - 2, "\(groups.count)")
    }
  }

  /// A search's tests go by what the tuning examples are about: of fewer things they could prove nothing.
  @Test func aSearchCanBeTestedOnEveryTask() {
    for task in BuiltinTasks.all {
      let groups = Set(task.examples(split: .tuning, count: 100, seed: 0).compactMap(\.group))
      #expect(groups.count >= 8, "\(task.name): \(groups.count)")
    }
  }

  @Test func questionsOnPicturesAreGroups() {
    let examples = LLaVACoTTask().examples(split: .evaluation, count: 200, seed: 0)
    let groups = Set(examples.compactMap(\.group))
    #expect(groups.count > 20 && groups.count < 80, "\(groups.count)")
  }

  @Test func newStudiesDrawASampleForEachSeed() {
    for task in BuiltinTasks.all {
      let settings = task.recommendedSettings
      #expect(settings.dataSeed == .seed && settings.dataVersion == TaskVersion.present, "\(task.name)")
    }
    #expect(TrainingLimits.dataVersions == TaskVersion.first...TaskVersion.present)
  }

  @Test func reasoningIsTrainedAndAskedWithTheSameQuestions() {
    for split in Split.allCases {
      let plain = MedMCQATask().examples(split: split, count: 300, seed: 4)
      let reasoned = MedReasonTask().examples(split: split, count: 300, seed: 4)
      #expect(plain.map(\.prompt) == reasoned.map(\.prompt))
      #expect(plain.map(\.extra) == reasoned.map(\.extra))
      for (example, other) in zip(plain, reasoned) {
        #expect(example.completion.suffix(10) == other.completion.suffix(10))
        #expect(other.completion.count > example.completion.count)
      }
    }
  }

  @Test func finalFiguresFollowFromTheTable() throws {
    var rows = 0
    for example in FinCoTTask().examples(split: .train, count: 200, seed: 2) {
      var figures: [String: [String: Int]] = [:]
      for line in example.prompt.split(separator: "\n") where line.hasPrefix("- ") {
        let words = line.dropFirst(2).split { !$0.isLetter && !$0.isNumber }.map(String.init)
        for index in stride(from: 1, to: words.count - 1, by: 2) {
          figures[words[0], default: [:]][words[index]] = Int(words[index + 1])
        }
      }
      let question = try #require(example.prompt.split(separator: "\n").last { $0.hasPrefix("Question") })
      let named = question.split { !$0.isLetter }.map(String.init).filter { figures[$0] != nil }
      let item = try #require(["sales", "costs", "debt"].first { question.contains($0) } ?? "profit")
      func figure(_ company: String) -> Int {
        let row = figures[company] ?? [:]
        return item == "profit" ? (row["sales"] ?? 0) - (row["costs"] ?? 0) : row[item] ?? 0
      }
      let final = try #require(example.completion.components(separatedBy: "Final: ").last)
      if question.contains("in a row") {
        #expect(final == named.map { "\(figure($0))" }.joined(separator: " | "))
        rows += 1
      } else if question.contains("exceed") {
        #expect(final == "\(figure(named[0]) - figure(named[1]))")
      } else {
        #expect(final == "\(named.map(figure).reduce(0, +))")
      }
    }
    #expect((30...70).contains(rows))
  }

  @Test func reportsAreAsLongAsAskedFor() throws {
    let tokenizer = try Tokenizer(folder: BuiltinBase.locate())
    var ratios: [Double] = []
    for tokens in [1024, 8192, 32_000] {
      let task = try #require(try BuiltinTasks.named("govreport@\(tokens)") as? GovReportTask)
      #expect(task.tokens == tokens && task.recommendedSettings.sequenceLength <= 32_768)
      let example = try #require(task.examples(split: .train, count: 1, seed: 0).first)
      let sections = example.prompt.split(separator: "\n").count { $0.hasPrefix("## ") }
      #expect(example.completion.split(separator: "\n").count == sections && sections >= 3)
      ratios.append(Double(tokenizer.encode(example.prompt, addSpecial: false).count) / Double(tokens))
    }
    // In proportion, whatever the tokenizer makes of a word.
    #expect((ratios.max() ?? 0) / (ratios.min() ?? 1) < 1.1 && (0.8...1.4).contains(ratios[0]), "\(ratios)")
    for wrong in ["govreport@", "govreport@12", "govreport@1e9", "govreport@-1"] {
      #expect(throws: BuiltinError.self) { try BuiltinTasks.named(wrong) }
    }
    #expect(throws: BuiltinError.self) { try BuiltinTasks.named("medmcqa@8192") }
  }

  @Test(arguments: BuiltinTasks.all.map(\.name))
  func lengthsFitTheRecommendedOptions(_ name: String) throws {
    let task = try BuiltinTasks.named(name)
    let tokenizer = try Tokenizer(folder: BuiltinBase.locate())
    for split in Split.allCases {
      for example in task.examples(split: split, count: 200, seed: 0) {
        let pictures = String(repeating: ImagePrompt.placeholder, count: 147 * example.images.count)
        let prompt = tokenizer.encode(pictures + example.prompt, addSpecial: false)
        let completion = tokenizer.encode(example.completion, addSpecial: false)
        #expect(completion.count + 1 <= task.maxNewTokens)
        #expect(prompt.count + completion.count + 1 <= task.recommendedSettings.sequenceLength)
      }
    }
  }
}
