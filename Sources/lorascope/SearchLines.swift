import Analysis
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
  private var hasLooked = false

  init(id: SearchID) { self.id = id }

  /// What has happened since the last call.
  mutating func news(_ search: SearchSummary, _ snapshot: Snapshot) -> [String] {
    var lines: [String] = []
    let heats = search.bracket.heats
    if !hasLooked, let look = search.plan.look, look.isOver, let seconds = look.seconds {
      hasLooked = true
      lines.append(Self.look(search, seconds))
      if let sharing = search.plan.sharing { lines.append("search \(id): \(sharing.words)") }
    }
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
    if search.status.isOver, !hasAnswered, !search.hasEndedUnraced, let answer = search.answer {
      hasAnswered = true
      lines.append("search \(id): \(answer.sentence)")
    }
    return lines
  }

  /// What the look at the base has said.
  private static func look(_ search: SearchSummary, _ seconds: Double) -> String {
    let priors = search.plan.combinations
    var parts = ["looked at the base for \(ProgressLine.duration(seconds))"]
    let predicted = priors.filter { $0.overheadIsPredicted == true }.compactMap(\.overhead)
    if let low = predicted.min(by: { $0.estimate < $1.estimate }),
      let high = predicted.max(by: { $0.estimate < $1.estimate })
    {
      parts.append(
        "predicted TPOT of \(predicted.count) combinations "
          + "from \(low.text(signed: true)) to \(high.text(signed: true)) %")
    }
    let racing = priors.count - search.bracket.notStarted.count
    if racing < priors.count { parts.append("\(racing) of \(priors.count) combinations race") }
    return "search \(search.id): " + parts.joined(separator: "; ")
  }

  private static func notStarted(_ search: SearchSummary) -> [String] {
    search.bracket.notStarted.sorted { $0.key.label < $1.key.label }.map {
      "  not started: \($0.key.label)  \(LeaveText.words($0.value, in: search.plan))"
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
  static func progress(
    _ search: SearchSummary, _ snapshot: Snapshot
  ) -> (label: String, fraction: Double?, detail: String) {
    if let words = search.lookWords(snapshot.engine) {
      let probe = snapshot.engine.probe
      return ("search \(search.id) \(words)", probe?.phase == .reading ? nil : probe?.fraction, "")
    }
    let runs = search.runs(in: snapshot)
    guard let active = runs.first(where: \.state.isActive) else {
      let detail = snapshot.engine.measuresSpeedOf.map { "measuring how fast \($0) goes" } ?? ""
      return ("search \(search.id)", nil, detail)
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
    return (label, nil, detail)
  }

  // MARK: Before and after

  static func promise(_ promise: SearchPromise, _ requests: [SearchRequest]) -> [String] {
    var lines: [String] = []
    let held = promise.heldOutOf.map { ", held out of the file's \($0) examples" } ?? " of the task's tuning split"
    lines.append("decides on \(promise.tuningExamples) tuning examples\(held)")
    lines.append(
      SearchPlan.power(
        examples: promise.tuningExamples, groups: promise.tuningGroups, seeds: max(1, requests.first?.seeds.count ?? 1))
    )
    lines += look(promise, requests)
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

  /// What is not known before the base was looked at.
  private static func look(_ promise: SearchPromise, _ requests: [SearchRequest]) -> [String] {
    guard promise.looks else { return [] }
    let time = promise.look > 0 ? " (\(ProgressLine.duration(promise.look)) of the time below)" : ""
    var lines: [String] = []
    if promise.entrants < promise.combinations {
      lines.append(
        "looks at the base first\(time): its gradients say which \(promise.entrants) of \(promise.combinations) combinations race"
      )
    } else {
      lines.append("looks at the base first\(time)")
    }
    if promise.sharedSets > 0 {
      lines.append(
        "how the first heats on \(Counted.text(promise.sharedSets, "other data set")) of this base ended orders them too "
          + "(--no-share-heats leaves that out)")
    }
    if promise.predicts {
      let fits = requests.contains { $0.latencyBudget != nil } ? ", and with it which fit the latency budget" : ""
      lines.append(
        "TPOT of \(promise.unmeasured) combinations was never measured here: the look predicts it from the four groups'\(fits)"
      )
    }
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
      "targets", "rate", "tuning %", "seeds", "against the best", "p (Holm)", "parameters", search.plan.overheadTitle,
      "score %", "runs",
    ]
    let rows = answer.candidates.map { named -> [String] in
      let own = runs.filter { SearchEntrant($0.plan).candidate == named.candidate }
      let scores = own.compactMap { $0.score?.score.estimate }
      return [
        named.candidate.targets.label, "\(named.candidate.learningRate)",
        named.score.text(.table), "\(named.seeds)",
        named.difference.map { String(format: "%+.1f [%+.1f, %+.1f]", $0.estimate, $0.low, $0.high) } ?? "–",
        named.pValue.map { String(format: "%.2g", $0) } ?? "–", "\(named.parameters)",
        // A run's own latency is one sequence's.
        (search.plan.fleet == nil ? own.compactMap(\.latency).last.map(RunTable.overhead) : nil) ?? overhead(named),
        scores.isEmpty ? "–" : String(format: "%.1f", 100 * scores.reduce(0, +) / Double(scores.count)),
        own.map { "#\($0.id)" }.joined(separator: " "),
      ]
    }
    let table = rows.isEmpty ? [] : RunTable.table([head] + rows)
    return
      ([(search.status.isOver ? "" : "so far: ") + answer.sentence] + table + overBudget(search, runs)
      + toMeasure(search, runs)).joined(separator: "\n")
  }

  /// What was promised, and what it took; nil before all have ended, and where one ended before its race.
  static func outcome(_ searches: [SearchSummary], _ snapshot: Snapshot) -> String? {
    guard !searches.contains(where: \.hasEndedUnraced) else { return nil }
    return SearchOutcome(
      searches.map { (promised: $0.secondsPromised, taken: $0.secondsTaken($0.named(in: snapshot))) }
    )?.words(ProgressLine.duration)
  }

  /// What was known of a TPOT that is not measured.
  private static func overhead(_ named: SearchAnswer.Named) -> String {
    guard let overhead = named.overhead else { return "–" }
    return String(format: "%+.1f", overhead.estimate) + (named.overheadIsPredicted == true ? " predicted" : "")
  }

  /// The command that measures what was predicted of a fleet.
  private static func toMeasure(_ search: SearchSummary, _ runs: [RunSummary]) -> [String] {
    guard let fleet = search.plan.fleet, search.status.isOver else { return [] }
    let predicted = (search.answer?.candidates ?? []).filter { $0.overheadIsPredicted == true }.map(\.candidate)
    let ids = predicted.compactMap { candidate in
      runs.first { SearchEntrant($0.plan).candidate == candidate && $0.adapterPath != nil }?.id
    }
    guard !ids.isEmpty else { return [] }
    return [
      "to be sure of what is predicted: lorascope latency --adapters \(fleet) --run "
        + ids.map { "\($0)" }.joined(separator: " ")
    ]
  }

  /// What a prediction has let in and its measurement does not.
  private static func overBudget(_ search: SearchSummary, _ runs: [RunSummary]) -> [String] {
    // A run's own latency says nothing of a batch.
    if search.request.fleet != nil { return [] }
    guard let budget = search.request.latencyBudget else { return [] }
    return runs.compactMap { run in
      guard let latency = run.latency, latency.overheadPercent.estimate > budget else { return nil }
      let measured = latency.overheadPercent
      return "\(run.plan.targets.label): its TPOT, now measured\(latency.isBusy ? " on a busy machine" : ""), is "
        + "\(measured.text(signed: true)) %"
        + ", over the budget of \(SettingValue.plain(budget)) %"
    }
  }
}
