import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

/// Options, chance, examples before prompts, and their log-likelihoods against PyTorch.
@Suite struct FormatFreeTests {
  private struct Shot: Decodable {
    var prompt: String
    var completion: String
  }
  private struct Asked: Decodable {
    var prompt: String
    var options: [String]
    var right: Int
  }
  private struct Case: Decodable {
    var model: String
    var isChat: Bool
    var shots: Int
    var asked: Asked
    var text: String
    var tokens: Int
    var logLikelihoods: [Double]
  }
  private struct Content: Decodable {
    var shots: [Shot]
    var cases: [Case]
  }

  private func tokenising(_ base: BaseModel, isChat: Bool) throws -> Tokenising {
    let folder = Fixture.folder.appendingPathComponent("tokenizers/digits")
    let tokenizer = try Tokenizer(folder: folder)
    let size = Int32(base.configuration.vocabularySize)
    return Tokenising(
      prefix: [], endOfText: nil, chat: isChat ? try ChatTemplate.named("chatml", folder: folder) : nil,
      encode: { tokenizer.encode($0, addSpecial: false).map { $0 % size } })
  }

  @Test func agreesWithPyTorch() throws {
    let folder = Fixture.folder.appendingPathComponent("likelihood")
    let content = try Fixture.decoded(Content.self, at: folder)
    #expect(content.cases.count >= 20 && content.cases.contains { $0.isChat && $0.shots == 2 })
    let team = WorkerTeam(threads: 2)
    for wanted in content.cases {
      let base = try Fixture.base(wanted.model)
      let tokenising = try tokenising(base, isChat: wanted.isChat)
      let example = Example(id: 1, prompt: wanted.asked.prompt, completion: "")
      // In the fixture's order, whatever is drawn.
      let training = content.shots.prefix(wanted.shots).enumerated().map {
        Example(id: $0, prompt: $1.prompt, completion: $1.completion)
      }
      let few = try FewShot(tokenising, training: training, before: [example], count: wanted.shots)
      let ordered = FewShot(tokenising, shots: training)
      #expect(few.shots.count == wanted.shots)
      let fitted = try #require(try ordered.fitted([example], in: base.configuration, maxNewTokens: 8))
      #expect(fitted.shots == [wanted.shots])
      #expect(try tokenising.prompt(for: fitted.examples[0]).tokens == tokenising.prompt(wanted.text))
      let options = try #require(AnswerOptions(wanted.asked.options, right: wanted.asked.right))
      let found = try #require(
        try OptionLikelihood.run(
          base: base, adapter: nil, tokenising: tokenising, examples: fitted.examples, options: [options], team: team))
      for (value, reference) in zip(found.outcomes[0].logLikelihoods, wanted.logLikelihoods) {
        #expect(abs(value - reference) < 1e-4, "\(wanted.model) \(wanted.shots): \(value) against \(reference)")
      }
    }
  }

  @Test func promptsWithoutRoomTakeFewerExamples() throws {
    let base = try Fixture.base("tiny-gqa")
    let tokenising = try tokenising(base, isChat: false)
    let training = (0..<6).map { Example(id: $0, prompt: "Which has \($0)?\nAnswer:", completion: " item \($0)") }
    let asked = [
      Example(id: 10, prompt: "Short?\nAnswer:", completion: " yes"),
      Example(id: 11, prompt: String(repeating: "Long and ", count: 7) + "?\nAnswer:", completion: " yes"),
    ]
    let few = try FewShot(tokenising, training: training, before: asked, count: 6)
    #expect(few.shots.count == 6)
    let limit = base.configuration.maxPositions
    let fitted = try #require(try few.fitted(asked, in: base.configuration, maxNewTokens: 4))
    #expect(fitted.shots[0] < 6 && fitted.shots[1] < fitted.shots[0] && fitted.shots[1] > 0)
    for (place, example) in asked.enumerated() {
      let count = fitted.shots[place]
      #expect(try tokenising.prompt(for: fitted.examples[place]).tokens.count + 3 <= limit)
      #expect(try tokenising.prompt(for: few.example(example, shots: count + 1)).tokens.count + 3 > limit)
      #expect(fitted.examples[place].completion == example.completion)
    }
  }

  @Test func theSameExamplesStandBeforeAllPromptsAndNoneIsAsked() throws {
    let base = try Fixture.base("tiny-gqa")
    let tokenising = try tokenising(base, isChat: false)
    let training =
      (0..<8).map { Example(id: $0, prompt: "Q: \($0)\nA:", completion: " \($0 % 2)") }
    let asked = Array(training.prefix(3))
    let few = try FewShot(tokenising, training: training, before: asked, count: 2, seed: 4)
    // Other answers first.
    #expect(Set(few.shots.map(\.completion)).count == 2)
    let again = try FewShot(tokenising, training: training, before: asked, count: 2, seed: 4)
    #expect(again.shots == few.shots)
    let all = try FewShot(tokenising, training: training, before: asked, count: 20)
    #expect(all.shots.count == 5 && Set(all.shots.map(\.id)) == [3, 4, 5, 6, 7])
    let none = try FewShot(tokenising, training: asked, before: asked, count: 2)
    #expect(none.shots.isEmpty && none.ends.isEmpty)
    #expect(none.example(asked[0], shots: 2) == asked[0])
    #expect(few.ends == ["\n\n", "\nQ: "])
    // The same words on another picture are another question.
    func sheet(_ id: Int) -> Example {
      Example(
        id: id, prompt: "Fields:", completion: " \(id)",
        images: [RasterImage(width: 1, height: 1, pixels: [UInt8(id), 0, 0])])
    }
    let sheets = try FewShot(tokenising, training: (0..<4).map(sheet), before: [sheet(0), sheet(2)], count: 4)
    #expect(Set(sheets.shots.map(\.id)) == [1, 3])
    let prompts = asked.map { few.example($0, shots: 2).prompt }
    let before = few.shots.map { $0.prompt + $0.completion + "\n\n" }.joined()
    #expect(prompts == asked.map { before + $0.prompt })
  }

  @Test func whatTheSystemSaysStandsOnceAtTheBeginning() throws {
    let base = try Fixture.base("tiny-gqa")
    func conversation(_ id: Int) -> Example {
      Example(
        id: id,
        messages: [
          ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "Ask \(id)"),
          ChatMessage(role: "assistant", content: "Say \(id)"),
        ])
    }
    let few = FewShot(try tokenising(base, isChat: true), shots: [conversation(1), conversation(2)])
    let turns = try #require(few.example(conversation(3), shots: 2).messages)
    #expect(turns.map(\.content) == ["Be brief.", "Ask 1", "Say 1", "Ask 2", "Say 2", "Ask 3", "Say 3"])
    #expect(few.ends.isEmpty)
  }

  // MARK: Options

  @Test func optionsOfTheTaskComeFirstThenTheMetricsThenLabels() throws {
    let labels = ["math", "web", "math", "web"].enumerated().map {
      Example(id: $0, prompt: "Which?", completion: $1)
    }
    let set = try #require(OptionSet(of: labels, training: [], metric: ExactMatch()))
    #expect(set.source == .labels && set.options.allSatisfy { $0?.texts == ["math", "web"] })
    #expect(set.options.map { $0?.right } == [0, 1, 0, 1])
    var own = labels
    for index in own.indices { own[index].options = AnswerOptions(["a", "b", "c"], right: 2) }
    let given = try #require(OptionSet(of: own, training: [], metric: ExactMatch()))
    #expect(given.source == .task && given.options.allSatisfy { $0?.right == 2 })
    // One that comes once is no label, neither are more than twenty.
    #expect(OptionSet(of: Array(labels.prefix(3)), training: [], metric: ExactMatch()) == nil)
    #expect(OptionSet(of: Array(labels.prefix(3)), training: [labels[1]], metric: ExactMatch()) != nil)
    let many = (0..<42).map { Example(id: $0, prompt: "", completion: "\($0 % 21)") }
    #expect(OptionSet(of: many, training: [], metric: ExactMatch()) == nil)
    #expect(OptionSet(of: many.filter { $0.completion != "20" }, training: [], metric: ExactMatch()) != nil)
    #expect(OptionSet(of: [], training: [], metric: ExactMatch()) == nil)
  }

  @Test(arguments: [
    (["a", "b"], 1, true), (["a", "a"], 1, false), (["a"], 0, false), (["a", ""], 0, false), (["a", "b"], 2, false),
  ])
  func setsThatAreNone(_ texts: [String], _ right: Int, _ isSet: Bool) {
    #expect((AnswerOptions(texts, right: right) != nil) == isSet)
    #expect(AnswerOptions(texts, right: nil) == nil)
  }

  @Test func choicesAreTheirTextsAsAnAnswerBeginsWithThem() throws {
    let metric = StrictChoiceAccuracy()
    let texts = ["A": "one", "B": "two", "C": "three", "D": "four"]
    let example = Example(id: 0, prompt: "Q", completion: " two. Final: [B]", extra: texts)
    #expect(metric.options(for: example) == AnswerOptions([" one", " two", " three", " four"], right: 1))
    let bare = Example(id: 0, prompt: "Q", completion: "Final: [C]")
    #expect(
      metric.options(for: bare)
        == AnswerOptions(["Final: [A]", "Final: [B]", "Final: [C]", "Final: [D]"], right: 2))
    #expect(metric.options(for: Example(id: 0, prompt: "Q", completion: "none")) == nil)
  }

  // MARK: Chance

  @Test func chanceIsOneInSoManyOrTheCommonestLabelOrOneAnswerForAll() throws {
    typealias Chance = FormatFreeScores.Chance
    func labels(_ all: [String]) -> [Example] {
      all.enumerated().map { Example(id: $0, prompt: "\($0)", completion: $1) }
    }
    let even = labels(["a", "b", "a", "b"])
    let metric = ExactMatch()
    func chance(_ examples: [Example], _ training: [Example]) -> Chance? {
      Chance(
        of: examples, training: training, options: OptionSet(of: examples, training: training, metric: metric),
        metric: metric)
    }
    #expect(chance(even, []) == Chance(score: 0.5, kind: .options))
    let uneven = labels(["a", "a", "a", "b", "b"])
    #expect(chance(uneven, []) == Chance(score: 0.6, kind: .majority))
    // The commonest of what is trained on, even where another is commoner among what is asked.
    #expect(chance(uneven, labels(["b", "b", "b", "a"])) == Chance(score: 0.5, kind: .options))
    // Free answers: the one that does best in training.
    let free = labels(["x", "y", "z"])
    #expect(chance(free, labels(["y", "y", "y", "q"])) == Chance(score: 1.0 / 3, kind: .constant))
    #expect(chance(free, []) == nil)
  }

  @Test func theLikeliestWinsPlainAndPerByte() throws {
    let options = try #require(AnswerOptions([" a", " longer"], right: 1))
    let outcome = LikelihoodResult.Outcome(options: options, logLikelihoods: [-2, -5])
    #expect(outcome.likeliest == 0 && outcome.likeliestPerByte == 1)
    #expect(outcome.perByte == [-1, -5.0 / 7])
    let equal = LikelihoodResult.Outcome(options: options, logLikelihoods: [-3, -3])
    #expect(equal.likeliest == 0)
    let broken = LikelihoodResult.Outcome(options: options, logLikelihoods: [.nan, .nan])
    #expect(broken.likeliest == nil)
    let summary = LikelihoodResult(outcomes: [outcome, equal, broken]).summary()
    #expect(summary.plain.estimate == 0 && abs(summary.perByte.estimate - 2.0 / 3) < 1e-12 && summary.options == 2)
  }

  @Test func allOfItTogetherAndWhatCannotBeHadIsSaid() throws {
    let tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
    var configuration = TinyModel.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    let base = try TinyModel.base(configuration)
    var examples = (0..<6).map { Example(id: $0, prompt: "\($0) is", completion: $0 % 2 == 0 ? " even" : " odd") }
    let training = (6..<12).map { Example(id: $0, prompt: "\($0) is", completion: $0 % 2 == 0 ? " even" : " odd") }
    var notes: [String] = []
    func run(_ training: [Example], _ going: Bool = true) -> FormatFreeScores? {
      notes = []
      return FormatFreeEvaluation.run(
        base: base, tokenizer: tokenizer, tokenising: Tokenising(tokenizer),
        FormatFreeEvaluation.Material(
          examples: examples, training: training, metric: ExactMatch(), maxNewTokens: 4, shots: 2, endsEarly: true),
        team: WorkerTeam(threads: 2), note: { notes.append($0) }, progress: { _, _, _ in going })
    }
    let scores = try #require(run(training))
    #expect(scores.chance == .init(score: 0.5, kind: .options))
    #expect(scores.likelihood?.examples == 6 && scores.likelihood?.options == 2)
    #expect(scores.fewShot?.shots == 2 && scores.fewShot?.examples == 6 && scores.fewShot?.promptsWithFewer == 0)
    #expect(scores.parts.count == 3 && notes.isEmpty)
    #expect(scores.constant == nil)
    let without = try #require(run([]))
    #expect(without.fewShot == nil && without.likelihood != nil && notes.count == 1)
    #expect(run(training, false) == nil)
    // Options of the task may ask for something else than its metric, which has a floor of its own then.
    for index in examples.indices { examples[index].options = AnswerOptions(["a", "b", "c"], right: 0) }
    let asked = try #require(run(training))
    #expect(asked.chance?.kind == .options && asked.constant == .init(score: 0.5, kind: .constant))
    #expect(asked.parts.count == 4)
  }
}
