import Foundation
import Kernels
import Messages
import Recipe

/// Prompts that a person puts to the adapters of finished runs. Nothing is stored.
extension Engine {
  /// Answers with the machine to itself, as `Schedule.isProbing` keeps it; how far it has come is in the snapshot.
  ///
  /// - Throws: `Refusal` while anything computes, for runs without an adapter, and what `AnswerSession` throws.
  func answer(_ question: AdapterQuestion) async throws -> AdapterAnswers {
    await catchUp()
    try checkNotEnding()
    try check(question)
    let runs = try await withAdapters(question.runs, toBe: "asked")
    // Much may have happened while the snapshot was waited for.
    let team = try takeMachine("adapters are asked")
    let control = RunControl()
    answerControl = control
    let session = AnswerSession(question: question, runs: runs, environment: environment, control: control)
    let nothing = AdapterAnswers(
      question: question,
      answers: runs.map {
        AdapterAnswers.Answer(
          run: $0.id, label: $0.adaptedLabel, tokens: [], text: "", tokensPerSecond: nil, isOver: false)
      }, tokensPerSecond: nil)
    bus.change { $0.engine.answers = nothing }
    publishStatus()
    defer {
      answerControl = nil
      freeMachine(team) { $0.engine.answers = nil }
    }
    return try await Blocking.run { try session.answer(team) }
  }

  private func check(_ question: AdapterQuestion) throws {
    guard !question.runs.isEmpty, Set(question.runs).count == question.runs.count else {
      throw Refusal("name each run once, and one at least", exitStatus: 64)
    }
    guard question.runs.count <= AdapterQuestion.mostRuns else {
      throw Refusal(
        "\(question.runs.count) runs are too many for one batch: at most \(AdapterQuestion.mostRuns) answer together",
        exitStatus: 64)
    }
    guard TrainingLimits.positions.contains(question.maxNewTokens), question.topK >= 0,
      question.temperature >= 0, question.temperature.isFinite, question.topP > 0, question.topP <= 1
    else { throw Refusal("new tokens are 1 or more, top-p is over 0 and at most 1", exitStatus: 64) }
  }
}
