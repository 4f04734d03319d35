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
    guard !isEnding, !schedule.finishesThenQuits else { throw Refusal("the engine is about to end", exitStatus: 64) }
    try check(question)
    let snapshot = await bus.currentSnapshot()
    let runs = try question.runs.map { id in
      let run = try known(id)
      guard !run.plan.isBaseline else { throw refusal(id, "is the base's evaluation, which has no adapter") }
      switch run.phase {
      case .ended(.done), .ended(.stopped): break
      default: throw refusal(id, "is not finished: its adapter can be asked when it is")
      }
      guard let known = snapshot.run(id), let path = known.adapterPath, FileManager.default.fileExists(atPath: path)
      else { throw Refusal("run \(id) has no adapter any more, so it cannot be asked", exitStatus: 66) }
      return known
    }
    // Much may have happened while the snapshot was waited for.
    guard !isEnding, !schedule.finishesThenQuits else { throw Refusal("the engine is about to end", exitStatus: 64) }
    guard schedule.isIdle else {
      throw Refusal("runs are under way: adapters are asked while nothing else computes", exitStatus: 64)
    }
    schedule.isProbing = true
    let control = RunControl()
    answerControl = control
    let team = team(of: environment.threads)
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
      teams[team.threads, default: []].append(team)
      schedule.isProbing = false
      answerControl = nil
      bus.change { $0.engine.answers = nil }
      proceed()
      tellIdle()
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
