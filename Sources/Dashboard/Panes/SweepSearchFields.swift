import Messages
import Recipe

/// What a search may cost: the options of a sweep that whole runs have no use for.
extension SweepView.Field {
  /// Says something only where combinations race.
  package var isOfSearch: Bool { self == .latency || self == .fleet || self == .minutes }

  /// The text field that is open while this one is typed; nil where nothing is typed.
  package var purpose: FieldEdit.Purpose? {
    switch self {
    case .seeds: .sweepSeeds
    case .evaluation: .sweepEvaluation
    case .match: .sweepBudget
    case .latency: .sweepLatency
    case .fleet: .sweepFleet
    case .minutes: .sweepMinutes
    case .preset, .strategy, .order, .reuse, .jobs: nil
    }
  }
}

extension SweepView {
  /// What the Sweep screen asks a search for.
  package var searchChoice: SearchChoice {
    SearchChoice(
      isSearch: true, secondsBudget: minutesBudget.map { 60 * $0 }, latencyBudget: latencyBudget, fleet: fleet)
  }

  /// A few words about each budget that is set, for the middle of a sentence.
  package var budgetWords: [String] {
    var words: [String] = []
    if let latencyBudget {
      words.append(
        "what it names costs at most +\(SettingValue.plain(latencyBudget)) % over the base's TPOT"
          + (fleet.map { " in a batch of \($0) adapters" } ?? ""))
    } else if let fleet {
      words.append("what decoding costs is that of a batch of \(fleet) adapters")
    }
    if let minutesBudget {
      let minutes = SettingValue.plain(minutesBudget)
      words.append("on each data set it ends after \(minutes) minute\(minutes == "1" ? "" : "s") of machine time")
    }
    return words
  }

  /// A number that a person types for a budget.
  ///
  /// - Returns: the outer nil where the text is neither empty nor a number in the range; the inner one where it is empty, which
  ///   stands for no budget.
  package static func budget(_ text: String, _ range: NumberRange) -> Double?? {
    let text = text.trimmed
    if text.isEmpty { return .some(nil) }
    guard let number = Double(text), range.contains(number) else { return nil }
    return .some(number)
  }

  package static let latencyWords =
    "percent over the base's TPOT, \(TrainingLimits.latencyBudgets.words); empty for any"
  /// The outer nil for what is no number of adapters; the inner one for none.
  package static func fleet(_ text: String) -> Int?? {
    let text = text.trimmed
    if text.isEmpty { return .some(nil) }
    guard let number = Int(text), fleets.contains(number) else { return nil }
    return .some(number)
  }

  /// What one step of a decoder streams weights for at most.
  private static let fleets = 1...16
  package static let fleetWords = "adapters in a batch, \(fleets.words); empty for one sequence"
  package static let minutesWords = "minutes \(TrainingLimits.minutes.words); empty for no limit"
}

extension Update {
  /// A budget of a search is not changed where it is not shown.
  ///
  /// - Returns: whether it may be; otherwise the status row says why not.
  mutating func mayChange(_ field: SweepView.Field) -> Bool {
    guard field.isOfSearch, !state.sweep.startsSearch else { return true }
    state.say(
      state.sweep.isSearch
        ? "\(field.label): searches only, and one combination has nothing to race against"
        : "\(field.label): searches only; strategy chooses one", .warning)
    return false
  }

  /// By fives of percent or tens of minutes; below the first step there is no budget.
  mutating func stepBudget(_ field: SweepView.Field, _ direction: Int) {
    func next(_ now: Double?, by step: Double, _ range: NumberRange) -> Double? {
      let next = (now ?? 0) + step * Double(direction)
      return range.contains(next) ? next : direction > 0 ? range.high : nil
    }
    switch field {
    case .latency:
      state.sweep.latencyBudget = next(state.sweep.latencyBudget, by: 5, TrainingLimits.latencyBudgets)
    case .fleet:
      let next = max(0, (state.sweep.fleet ?? 0) + direction)
      state.sweep.fleet = next < 1 ? nil : min(next, 16)
    case .minutes: state.sweep.minutesBudget = next(state.sweep.minutesBudget, by: 10, TrainingLimits.minutes)
    case .preset, .strategy, .seeds, .match, .order, .reuse, .evaluation, .jobs: return
    }
  }
}
