import ArgumentParser
import Dashboard
import Foundation
import Messages
import Recipe
import Terminal

/// `generate --runs`: one prompt to the adapters of several finished runs, in one batch.
struct GenerateRuns {
  let question: AdapterQuestion
  let store: URL?
  let threads: Int?
  let json: Bool

  struct Report: Encodable {
    struct Answer: Encodable {
      var run: RunID
      var adapter: String
      var text: String
      var ids: [Int32]
      var tokensPerSecond: Double?
    }

    var prompt: String
    var answers: [Answer]
    var tokensPerSecond: Double?
  }

  func run() async throws {
    let session = try await StudySession.open(store: store, threads: threads, readOnly: true)
    try await session.require(question.runs)
    let progress = follow(session)
    let reply = await session.bus.ask(.answers(question))
    progress.cancel()
    await progress.value
    let signal = session.receivedSignal
    await session.close()
    switch reply {
    case .answers(let answers):
      if json {
        try JSONOutput.print(Self.report(answers))
      } else {
        StandardStreams.show(Self.text(answers, columns: StandardStreams.columns))
      }
      if let signal {
        throw CommandError("interrupted; the answers are cut where they were", status: 128 + signal)
      }
    case .refused(let refusal):
      if let signal { throw CommandError("interrupted", status: 128 + signal) }
      throw refusal
    default: throw CommandError("the engine gave no answer", status: 70)
    }
  }

  private func follow(_ session: StudySession) -> Task<Void, Never> {
    Task { [bus = session.bus] in
      let line = ProgressLine()
      for await snapshot in bus.snapshots() {
        if Task.isCancelled { break }
        guard let answers = snapshot.engine.answers else { continue }
        let tokens = answers.answers.map { "#\($0.run) \($0.tokens.count)\($0.isOver ? " ended" : "")" }
        line.show("answering", fraction: nil, detail: "tokens: " + tokens.joined(separator: ", "))
      }
      line.finish()
    }
  }

  static func report(_ answers: AdapterAnswers) -> Report {
    Report(
      prompt: answers.question.prompt,
      answers: answers.answers.map {
        Report.Answer(
          run: $0.run, adapter: $0.label, text: $0.text, ids: $0.tokens, tokensPerSecond: $0.tokensPerSecond)
      }, tokensPerSecond: answers.tokensPerSecond)
  }

  /// Columns that an answer has at least where they stand side by side.
  private static let narrowest = 28

  /// Side by side where a terminal has room for it, else one after the other.
  ///
  /// - Parameter columns: of the terminal; nil where what is printed goes elsewhere.
  static func text(_ answers: AdapterAnswers, columns: Int?) -> String {
    let count = answers.answers.count
    let rates = answers.tokensPerSecond.map { String(format: "%.1f tokens/s in one batch of %d", $0, count) }
    let width = columns.map { ($0 - 2 * (count - 1)) / max(1, count) } ?? 0
    guard count > 1, width >= narrowest else {
      let parts = answers.answers.map { "\(head($0))\n\($0.text)\n" }
      return (parts + [rates].compactMap { $0.map { $0 + "\n" } }).joined(separator: "\n")
    }
    let texts = answers.answers.map { Wrap.lines("\(head($0))\n\($0.text)", columns: width) }
    let rows = (0..<(texts.map(\.count).max() ?? 0)).map { row in
      var line = texts.map { ($0.indices.contains(row) ? $0[row] : "").padded(toColumns: width) }
        .joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    return (rows + [rates].compactMap { $0 }).joined(separator: "\n") + "\n"
  }

  private static func head(_ answer: AdapterAnswers.Answer) -> String {
    let rate = answer.tokensPerSecond.map { String(format: ", %.1f tokens/s", $0) } ?? ""
    let cut = answer.isOver ? "" : ", cut"
    return "#\(answer.run) \(answer.label) (\(Counted.text(answer.tokens.count, "token"))\(rate)\(cut))"
  }
}
