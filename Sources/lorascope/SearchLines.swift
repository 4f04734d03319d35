import Foundation
import Messages
import Recipe

/// A search's news in plain lines: each thing is said once.
struct SearchLines {
  let id: SearchID
  private var begun = 0
  private var left: Set<SearchEntrant> = []
  private var over = 0
  private var hasAnswered = false

  init(id: SearchID) { self.id = id }

  /// What has happened since the last call.
  mutating func news(_ search: SearchSummary, _ snapshot: Snapshot) -> [String] {
    var lines: [String] = []
    let heats = search.bracket.heats
    for (place, heat) in heats.enumerated() {
      if place >= begun {
        begun = place + 1
        lines.append("search \(id), \(Self.title(heat, place, search)): \(heat.entries.count) in")
        if place == 0 { lines += Self.notStarted(search) }
      }
      for entry in heat.entries {
        guard case .left(let reason) = entry.standing,
          left.insert(SearchEntrant(candidate: entry.candidate, seed: entry.seed)).inserted
        else { continue }
        let step = entry.step.map { " at step \($0)" } ?? ""
        lines.append("  leaves\(step): \(Self.name(entry, search))  \(Self.figures(entry))  \(LeaveText.words(reason))")
      }
      let isOver = heat.entries.allSatisfy { $0.standing != .running }
      if isOver, place >= over {
        over = place + 1
        let stay = heat.entries.filter { $0.standing == .scored }
        lines += stay.map { "  stays: \(Self.name($0, search))  \(Self.figures($0))" }
      }
    }
    if search.status.isOver, !hasAnswered, let answer = search.answer {
      hasAnswered = true
      lines.append("search \(id): \(answer.sentence)")
    }
    return lines
  }

  private static func notStarted(_ search: SearchSummary) -> [String] {
    search.bracket.notStarted.sorted { $0.key.label < $1.key.label }.map {
      "  not started: \($0.key.label)  \(LeaveText.words($0.value))"
    }
  }

  static func title(_ heat: SearchBracket.Heat, _ place: Int, _ search: SearchSummary) -> String {
    switch heat.kind {
    case .race(let share):
      "heat \(place + 1) of \(search.plan.heats.count) (to \(Int((100 * share).rounded())) % of the steps)"
    case .confirm(let seed): "confirmed with seed \(seed)"
    }
  }

  /// With the rate where rates race.
  static func name(_ entry: SearchBracket.Entry, _ search: SearchSummary) -> String {
    name(entry.candidate, search)
  }

  static func name(_ candidate: SearchCandidate, _ search: SearchSummary) -> String {
    candidate.targets.label
      + (search.plan.rates(of: candidate.targets).count > 1 ? " at \(candidate.learningRate)" : "")
  }

  private static func figures(_ entry: SearchBracket.Entry) -> String {
    let score = entry.score.map { String(format: "%.1f %%", $0) } ?? "–"
    return score + (entry.loss.map { String(format: ", loss %.3f", $0) } ?? "")
  }

  /// What is under way now.
  static func progress(_ search: SearchSummary, _ snapshot: Snapshot) -> (label: String, detail: String) {
    let runs = search.runs(in: snapshot)
    guard let active = runs.first(where: \.state.isActive) else {
      return ("search \(search.id)", snapshot.engine.measuresSpeedOf.map { "measuring how fast \($0) goes" } ?? "")
    }
    let heats = search.bracket.heats
    var label = "search \(search.id)"
    if !search.status.isOver, let heat = heats.last {
      let done = heat.entries.count { $0.standing != .running }
      label += " \(title(heat, heats.count - 1, search)): \(done) of \(heat.entries.count)"
    }
    var detail = "#\(active.id) \(active.plan.targets.label) \(active.state.rawValue)"
    if active.state == .training { detail += " step \(active.step)/\(active.totalSteps)" }
    if let promised = search.secondsPromised, !search.status.isOver {
      detail += "  \(ProgressLine.duration(search.secondsUsed)) of about \(ProgressLine.duration(promised))"
    }
    return (label, detail)
  }

  // MARK: Before and after

  static func promise(_ promise: SearchPromise, _ requests: [SearchRequest]) -> [String] {
    var lines: [String] = []
    let held = promise.heldOutOf.map { ", held out of the file's \($0) examples" } ?? " of the task's tuning split"
    lines.append("decides on \(promise.tuningExamples) tuning examples\(held)")
    guard let seconds = promise.seconds, let least = promise.least, let most = promise.most else {
      lines.append("how long it takes is not known yet")
      return lines
    }
    var text =
      "takes about \(ProgressLine.duration(seconds)) (\(ProgressLine.duration(least)) if nearly all leave at once, "
      + "\(ProgressLine.duration(most)) if none leaves early)"
    if let all = promise.exhaustive, all > seconds {
      text += "; all of it in full would take \(ProgressLine.duration(all))"
    }
    lines.append(text)
    return lines
  }

  /// Which rate a race of rates took, and what it stands on.
  static func taken(_ search: SearchSummary) -> String {
    guard let pick = search.answer?.pick else { return search.answer?.sentence ?? "no rate was taken" }
    let others = search.plan.rates(of: pick.targets).filter { $0 != pick.learningRate }
    return "\(pick.targets.label): learning rate \(pick.learningRate) was taken, of "
      + (others + [pick.learningRate]).sorted().map { "\($0)" }.joined(separator: ", ")
      + ", on \(search.plan.tuningExamples) tuning examples"
  }

  /// The answer with a table, the cheapest first.
  static func answer(_ search: SearchSummary, _ snapshot: Snapshot) -> String {
    guard let answer = search.answer else { return "search \(search.id) has no answer" }
    let runs = search.named(in: snapshot)
    let head = [
      "targets", "rate", "tuning %", "seeds", "against the best", "p (Holm)", "parameters", "TPOT %", "score %", "runs",
    ]
    let rows = answer.candidates.map { named -> [String] in
      let own = runs.filter { SearchEntrant($0.plan).candidate == named.candidate }
      let scores = own.compactMap { $0.score?.score.estimate }
      return [
        named.candidate.targets.label, "\(named.candidate.learningRate)",
        String(format: "%.1f ±%.1f", named.score.estimate, named.score.halfWidth), "\(named.seeds)",
        named.difference.map { String(format: "%+.1f [%+.1f, %+.1f]", $0.estimate, $0.low, $0.high) } ?? "–",
        named.pValue.map { String(format: "%.2g", $0) } ?? "–", "\(named.parameters)",
        own.compactMap(\.latency).last.map(RunTable.overhead) ?? "–",
        scores.isEmpty ? "–" : String(format: "%.1f", 100 * scores.reduce(0, +) / Double(scores.count)),
        own.map { "#\($0.id)" }.joined(separator: " "),
      ]
    }
    let table = rows.isEmpty ? [] : RunTable.table([head] + rows)
    return ([(search.status.isOver ? "" : "so far: ") + answer.sentence] + table).joined(separator: "\n")
  }
}
