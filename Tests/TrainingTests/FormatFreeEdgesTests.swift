import HuggingFace
import Kernels
import Recipe
import Synchronization
import Testing
import Text
import Training
import Transformer

/// Data sets that are sorted, questions without options, answers that look like ends, options that begin alike, logits that are no numbers.
@Suite struct FormatFreeEdgesTests {
  private let tokenizer: Tokenizer
  private let team = WorkerTeam(threads: 2)

  init() throws {
    tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
  }

  private func base(seed: UInt64 = 1) throws -> BaseModel {
    var configuration = TinyModel.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    return try TinyModel.base(configuration, seed: seed)
  }

  private func labelled(_ count: Int, _ label: (Int) -> String) -> [Example] {
    (0..<count).map { Example(id: $0, prompt: "is", completion: label($0)) }
  }

  private func run(
    _ examples: [Example], training: [Example] = [], shots: Int? = 0, base: BaseModel
  ) -> (scores: FormatFreeScores?, notes: [String]) {
    var notes: [String] = []
    let scores = FormatFreeEvaluation.run(
      base: base, tokenizer: tokenizer, tokenising: Tokenising(tokenizer),
      FormatFreeEvaluation.Material(
        examples: examples, training: training, metric: ExactMatch(), maxNewTokens: 1, shots: shots, endsEarly: true),
      team: team, note: { notes.append($0) })
    return (scores, notes)
  }

  // MARK: Which examples

  @Test func aFileThatIsSortedByItsAnswersIsNotScoredOnItsBeginning() throws {
    let sorted = labelled(300) { $0 < 200 ? " even" : " odd" }
    // Without few-shot examples the likelihood stays.
    let (scores, notes) = run(sorted, base: try base())
    let found = try #require(scores)
    let likelihood = try #require(found.likelihood)
    #expect(likelihood.examples == FormatFreeEvaluation.mostChoices && found.fewShot == nil && notes.isEmpty)
    // One prompt, so one answer: of the beginning it would be all or none.
    #expect((0.2...0.8).contains(likelihood.plain.estimate))
    // The commonest label's share, on the same examples.
    let chance = try #require(found.chance)
    #expect(chance.kind == .majority)
    let right = likelihood.plain.estimate
    #expect(min(abs(chance.score - right), abs(1 - chance.score - right)) < 1e-9)
  }

  @Test func oneQuestionWithoutOptionsTakesThemFromNoOther() throws {
    var examples = labelled(6) { "answer \($0)" }
    for index in 0..<5 { examples[index].options = AnswerOptions(["a", "b"], right: index % 2) }
    let set = try #require(OptionSet(of: examples, training: [], metric: ExactMatch()))
    #expect(set.source == .task && set.places == [0, 1, 2, 3, 4] && set.options[5] == nil)
    let (scores, notes) = run(examples, base: try base())
    #expect(scores?.likelihood?.examples == 5 && scores?.chance == .init(score: 0.5, kind: .options))
    #expect(notes.count == 1 && notes[0].hasPrefix("1 of 6 examples"))
    // Half is not most.
    for index in 3..<6 { examples[index].options = nil }
    #expect(OptionSet(of: examples, training: [], metric: ExactMatch()) == nil)
    let without = run(examples, base: try base())
    #expect(without.scores?.likelihood == nil && without.notes.count == 1 && without.notes[0].contains("no closed set"))
  }

  @Test func noCompletionIsTriedOnTheExampleItIsTakenFrom() {
    let training = ["x", "y"].enumerated().map { Example(id: $0, prompt: "", completion: $1) }
    let chance = FormatFreeScores.Chance(
      of: [training[1]], training: training, options: nil, metric: ExactMatch())
    #expect(chance == .init(score: 0, kind: .constant))
  }

  // MARK: Few-shot

  @Test(arguments: [
    (" 1", ["\n\n", "\nQ: "]), (" 1\n\n2", ["\n\n\n", "\nQ: "]), (" 1\n\n\n2", ["\nQ: "]), (" 1\nQ: 2", ["\n\n"]),
  ])
  func whatSomeRightAnswerHoldsEndsNone(_ answer: String, _ ends: [String]) throws {
    var training = (0..<40).map { Example(id: $0, prompt: "Q: \($0)\nA:", completion: " \($0)") }
    // One that is not among the shots.
    let tokenising = Tokenising(tokenizer)
    let drawn = try FewShot(tokenising, training: training, before: [], count: 2)
    let other = try #require(training.indices.first { place in !drawn.shots.contains { $0.id == training[place].id } })
    training[other].completion = answer
    let few = try FewShot(tokenising, training: training, before: [], count: 2)
    #expect(few.shots.map(\.id) == drawn.shots.map(\.id) && few.ends == ends)
  }

  @Test func whatFitsIsFoundInFewTriesAndCanBeCancelled() throws {
    let tries = Mutex(0)
    let tokenising = Tokenising(
      prefix: [], endOfText: nil,
      encode: { text in
        tries.withLock { $0 += 1 }
        return text.utf8.map { Int32($0) }
      })
    let training = (0..<200).map { Example(id: $0, prompt: "Which \($0)?", completion: " \($0)") }
    var generator = SplitMix64(seed: 3)
    let asked = (0..<60).map {
      Example(id: 1000 + $0, prompt: String(repeating: "x", count: 1 + generator.below(40)), completion: "")
    }
    var configuration = TinyModel.configuration
    configuration.maxPositions = 700
    let few = try FewShot(tokenising, training: training, before: asked, count: 200)
    tries.withLock { $0 = 0 }
    let fitted = try #require(try few.fitted(asked, in: configuration, maxNewTokens: 4))
    #expect(tries.withLock { $0 } < 10 * asked.count)
    #expect(fitted.promptsWithFewer == asked.count && Set(fitted.shots).count > 1)
    for (place, count) in fitted.shots.enumerated() {
      func tokens(_ count: Int) throws -> Int {
        try tokenising.prompt(for: few.example(asked[place], shots: count)).tokens.count
      }
      #expect(try tokens(count) + 3 <= 700)
      #expect(try tokens(count + 1) + 3 > 700)
    }
    var examples = 0
    let cancelled = try few.fitted(asked, in: configuration, maxNewTokens: 4) {
      examples += 1
      return examples < 3
    }
    #expect(cancelled == nil && examples == 3)
  }

  // MARK: Likelihood

  @Test func intervalsResampleWhatExamplesAreAbout() throws {
    let options = try #require(AnswerOptions(["a", "b"], right: 0))
    func result(_ isGrouped: Bool) -> LikelihoodResult {
      LikelihoodResult(
        outcomes: (0..<80).map { place in
          LikelihoodResult.Outcome(
            options: options, logLikelihoods: place / 10 % 2 == 0 ? [-1, -2] : [-2, -1],
            group: isGrouped ? "\(place / 10)" : nil)
        }, groupNoun: "towns")
    }
    let (alone, grouped) = (result(false).summary(), result(true).summary())
    #expect(alone.groups == nil && grouped.groups == ExampleGroups(count: 8, noun: "towns"))
    #expect(alone.plain.estimate == grouped.plain.estimate)
    #expect(grouped.plain.halfWidth > 2 * alone.plain.halfWidth)
  }

  @Test func anOptionThatBeginsAnotherIsHeldAgainstItByItsEnd() throws {
    let base = try base()
    let size = Int32(base.configuration.vocabularySize)
    let tokenising = Tokenising(prefix: [], endOfText: 5, encode: { $0.utf8.map { Int32($0) % size } })
    let example = Example(id: 0, prompt: "How many?", completion: "")
    let prompt = try tokenising.prompt(for: example).prompt
    func found(_ texts: [String]) throws -> [Double] {
      let options = try #require(AnswerOptions(texts, right: 0))
      let result = try OptionLikelihood.run(
        base: base, adapter: nil, tokenising: tokenising, examples: [example], options: [options], team: team)
      return try #require(result).outcomes[0].logLikelihoods
    }
    func scored(_ texts: [String], end: [Int32]) throws -> [Double] {
      let requests = [Continuations(prompt: prompt, options: texts.map { tokenising.prompt($0) + end })]
      return try #require(try Scoring.continuations(base: base, adapter: nil, requests, team: team))[0]
    }
    #expect(try found(["1", "12", "3"]) == scored(["1", "12", "3"], end: [5]))
    #expect(try found(["12", "13"]) == scored(["12", "13"], end: []))
  }

  @Test func theLongestOptionHasRoomBehindTheShots() throws {
    let base = try base()
    let size = Int32(base.configuration.vocabularySize)
    let tokenising = Tokenising(prefix: [], endOfText: 5, encode: { $0.utf8.map { Int32($0) % size } })
    let training = (0..<9).map { Example(id: $0, prompt: "\($0)?", completion: " \($0)") }
    var asked = Example(id: 20, prompt: "x?", completion: "")
    let options = try #require(AnswerOptions(["1", "1234567890"], right: 0))
    asked.options = options
    let set = try #require(OptionSet(of: [asked], training: [], metric: ExactMatch()))
    let room = OptionLikelihood.mostTokens(of: set, tokenising: tokenising)
    #expect(room == 11)
    let few = try FewShot(tokenising, training: training, before: [asked], count: 9)
    func scored(_ room: Int) throws -> LikelihoodResult? {
      let fitted = try #require(try few.fitted([asked], in: base.configuration, maxNewTokens: room))
      return try OptionLikelihood.run(
        base: base, adapter: nil, tokenising: tokenising, examples: fitted.examples, options: [options], team: team)
    }
    #expect(try scored(room) != nil)
    #expect(throws: DecoderError.self) { try scored(1) }
  }

  @Test func logitsThatAreNoNumbersAreSaidAndAreNoScore() throws {
    let base = try base()
    let examples = labelled(4) { $0 % 2 == 0 ? " even" : " odd" }
    let training = (10..<14).map { Example(id: $0, prompt: "\($0) is", completion: " odd") }
    base.finalNorm.pointer[0] = .nan
    let (scores, notes) = run(examples, training: training, shots: 1, base: base)
    let found = try #require(scores)
    #expect(found.likelihood == nil && found.fewShot == nil && found.chance != nil)
    #expect(notes.count == 2 && notes.allSatisfy { $0.contains("not finite") && $0.contains("4") })
  }
}
