import Foundation
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

@Suite struct EvaluationTests {
  private let tokenizer: Tokenizer
  private let base: BaseModel
  private let examples: [Example]

  init() throws {
    tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
    var configuration = TinyModel.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    base = try TinyModel.base(configuration)
    examples = (0..<7).map { Example(id: $0, prompt: "\($0)\($0 + 1) is", completion: " \($0 * 13)") }
  }

  private func adapter() throws -> LoRAAdapter {
    let specification = try LoRASpecification(
      targets: Targets.all, in: base.configuration, rank: 8, alpha: 16)
    return try LoRAAdapter(specification: specification, configuration: base.configuration, seed: 1)
  }

  @Test func whatWasLearnedIsScored() throws {
    let adapter = try adapter()
    let team = WorkerTeam(threads: 2)
    let data = try Tokenising(tokenizer).tokenize(examples, sequenceLength: 32, source: "examples")
    let trainer = try Trainer(
      base: base, adapter: adapter, data: data.examples,
      options: TinyModel.options(steps: 150) { $0.batchSize = 7 }, team: team)
    while !trainer.isFinished { _ = try trainer.step() }

    var seen: [(Int, Int)] = []
    let result = try #require(
      try Evaluation.run(
        base: base, adapter: adapter, tokenizer: tokenizer, examples: examples, metric: ExactMatch(),
        maxNewTokens: 8, slots: 3, team: team,
        progress: { done, total, running in
          seen.append((done, total))
          return running >= 0
        }))
    #expect(seen.map(\.0) == Array(1...7) && seen.allSatisfy { $0.1 == 7 })
    #expect(result.results.map(\.index) == Array(0..<7))
    #expect(result.score == 1)
    #expect(result.results.map(\.output) == examples.map(\.completion))
    // The end-of-text token is not counted.
    #expect(result.results[0].outputTokens == tokenizer.encode(" 0", addSpecial: false).count)
    #expect(result.parseFailureRate == 0)
    // 1 − 0.025^(1/7): seven right answers do not say that all are.
    let interval = result.scoreInterval()
    #expect(interval.estimate == 1 && interval.high == 1 && abs(interval.low - (1 - 0.409616)) < 1e-6)

    // For measuring speed no answer ends before its time, learned end or not.
    let whole = try #require(
      try Evaluation.run(
        base: base, adapter: adapter, tokenizer: tokenizer, examples: examples, metric: ExactMatch(),
        maxNewTokens: 8, slots: 3, stopping: false, team: team))
    #expect(whole.results.allSatisfy { $0.outputTokens == 8 })

    let untrained = try #require(
      try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: examples, metric: ExactMatch(), maxNewTokens: 8,
        team: team))
    #expect(untrained.score < 1)
    #expect(untrained.results.allSatisfy { $0.outputTokens <= 8 })
  }

  @Test func sameResultsInAnyCompanyAndAtAnyNumberOfThreads() throws {
    let adapter = try adapter()
    func run(_ examples: [Example], threads: Int) throws -> [String] {
      let result = try Evaluation.run(
        base: base, adapter: adapter, tokenizer: tokenizer, examples: examples, metric: ExactMatch(),
        maxNewTokens: 12, slots: 3, team: WorkerTeam(threads: threads))
      return try #require(result).results.map(\.output)
    }
    let whole = try run(examples, threads: 1)
    #expect(try run(examples, threads: 2) == whole)
    #expect(try run(examples, threads: 3) == whole)
    #expect(try run(Array(examples[4...5]), threads: 1) == Array(whole[4...5]))
    #expect(try run(examples.reversed(), threads: 1) == whole.reversed())
  }

  @Test func cancellingGivesNothing() throws {
    var calls = 0
    let result = try Evaluation.run(
      base: base, adapter: nil, tokenizer: tokenizer, examples: examples, metric: ExactMatch(), maxNewTokens: 4,
      slots: 1, team: WorkerTeam(threads: 1),
      progress: { done, _, _ in
        calls += 1
        return done < 2
      })
    #expect(result == nil)
    #expect(calls == 2)
  }

  @Test func promptsThatCannotBeAnswered() throws {
    func run(_ prompt: String, maxNewTokens: Int = 4) throws -> EvaluationResult? {
      try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: [Example(id: 12, prompt: prompt, completion: "")],
        metric: ExactMatch(), maxNewTokens: maxNewTokens, team: WorkerTeam(threads: 1))
    }
    let long = #expect(throws: TrainingError.self) { try run(String(repeating: "9", count: 62)) }
    #expect(long?.description.hasPrefix("evaluation example 12: a prompt of 62 tokens and 4 new ones exceed") == true)
    #expect(long?.description.contains("3 new ones fit (--max-new-tokens)") == true)
    let none = #expect(throws: TrainingError.self) {
      try Evaluation.check(
        [Example(id: 3, prompt: String(repeating: "9", count: 70), completion: "")], tokenising: Tokenising(tokenizer),
        base: base, maxNewTokens: 1)
    }
    #expect(none?.description.hasSuffix("leave it out") == true && none?.description.contains("fit") == false)
    #expect(throws: TrainingError.self) { try run("1", maxNewTokens: 0) }
    // This tokenizer puts nothing before a text, so an empty prompt begins after the end of another text.
    #expect(try run("")?.results.count == 1)
    #expect(try run(String(repeating: "9", count: 61))?.results.count == 1)
  }

  /// Of a base that has no number for a digit: examples with it have no answer, the others have theirs, and both are said.
  @Test func whatIsNoNumberFailsAlone() throws {
    var configuration = base.configuration
    configuration.tieWordEmbeddings = false
    let base = try RandomWeights.model(configuration: configuration, seed: 3, deviation: 0.3)
    let digit = try #require(tokenizer.encode("3", addSpecial: false).first)
    base.embedding.floatRows.row(Int(digit))[0] = .nan
    func run(_ examples: [Example], _ note: (String) -> Void = { _ in }) throws -> EvaluationResult {
      let result = try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: examples, metric: ExactMatch(), maxNewTokens: 3,
        team: WorkerTeam(threads: 2), note: note)
      return try #require(result)
    }
    var examples = self.examples
    // Nothing that was there of an answer counts.
    for index in examples.indices { examples[index].completion = "" }
    var notes: [String] = []
    let result = try run(examples) { notes.append($0) }
    let failed = result.results.filter { $0.output.hasSuffix(ExampleOutcome.notFinite) }
    #expect(failed.count == result.failedAnswers && failed.count < examples.count)
    #expect(Set(failed.map(\.index)).isSuperset(of: examples.filter { $0.prompt.contains("3") }.map(\.id)))
    #expect(failed.allSatisfy { $0.score == 0 && !$0.parsed && $0.lenient == 0 })
    #expect(result.summary.failedAnswers == failed.count)
    #expect(notes.count == 1 && notes[0].hasPrefix("\(failed.count) of 7 examples have no answer"), "\(notes)")
    for (index, example) in examples.enumerated() {
      #expect(try run([example]).results[0].output == result.results[index].output)
    }
    let sound = examples.filter { example in !failed.contains { $0.index == example.id } }
    #expect(try run(sound) { _ in Issue.record("nothing to say") }.summary.failedAnswers == nil)
  }

  @Test(.enabled(if: !ProductArithmetic.bfloat16.isAvailable))
  func whatTheProcessorHasNotIsRefused() throws {
    let error = #expect(throws: TrainingError.self) {
      try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: examples, metric: ExactMatch(), maxNewTokens: 3,
        arithmetic: .bfloat16, team: WorkerTeam(threads: 1))
    }
    #expect(error?.description.hasPrefix("eval-bf16 is on, but must be left out here: it needs") == true)
    let options = #expect(throws: TrainingError.self) { try TrainingOptions { $0.evaluatesInBF16 = true }.validate() }
    #expect(options == error)
  }

  @Test func noExamplesNoScore() throws {
    let result = try #require(
      try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: [], metric: ExactMatch(), maxNewTokens: 4,
        team: WorkerTeam(threads: 1)))
    #expect(result.results.isEmpty && result.score.isNaN)
  }
}
