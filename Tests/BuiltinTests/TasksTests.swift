import Builtin
import HuggingFace
import Testing
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
      #expect(empty.value == 0 && !empty.parsed)
    }
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
        #expect(prompt.count + completion.count + 1 <= task.recommendedOptions.sequenceLength)
      }
    }
  }
}
