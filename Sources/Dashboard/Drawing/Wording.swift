import Foundation
import Messages
import Recipe
import Terminal

/// Numbers as this dashboard words them; general formats are `NumberFormat`.
package enum Figure {
  /// The next value of the sequence 1, 2, 5, 10 … in a direction.
  package static func oneTwoFive(_ value: Double, _ direction: Int, in range: ClosedRange<Double>) -> Double {
    guard value > 0, value.isFinite else { return range.lowerBound }
    let decade = Int(log10(value).rounded(.down))
    let ladder = (decade - 1...decade + 1).flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
    let next =
      direction > 0
      ? ladder.first { $0 > value * 1.001 } : ladder.last { $0 < value * 0.999 }
    // Powers of ten are not exact in binary: the value that is printed is the value that is used.
    let clean = Double(String(format: "%.0e", next ?? value)) ?? value
    return min(max(clean, range.lowerBound), range.upperBound)
  }

  /// `66.9±2.0`: percent with the half-width of the interval.
  package static func percent(_ interval: Interval, glyphs: Glyphs) -> String {
    Figure.interval(interval, scale: 100, glyphs: glyphs)
  }

  /// `66.9±2.0`; `0.0≤26.5` where the estimate is the interval's lower end and `100.0≥73.5` where it is the upper one: nothing lies below
  /// 0 and above 100 %. Without a width the estimate alone.
  ///
  /// - Parameter space: around the sign.
  package static func interval(
    _ interval: Interval, scale: Double = 1, digits: Int = 1, signed: Bool = false, space: String = "", glyphs: Glyphs
  ) -> String {
    func number(_ value: Double, _ signed: Bool) -> String {
      NumberFormat.fixed(value * scale, digits, signed: signed)
    }
    let value = number(interval.estimate, signed)
    return switch interval.sides {
    case .both: "\(value)\(space)\(glyphs.plusMinus)\(space)\(number(interval.halfWidth, false))"
    case .above: "\(value)\(space)\(glyphs.atMost)\(space)\(number(interval.high, signed))"
    case .below: "\(value)\(space)\(glyphs.atLeast)\(space)\(number(interval.low, signed))"
    case .neither: value
    }
  }

  /// `+11.9±0.5`: a value that is percent already.
  package static func overhead(_ interval: Interval, glyphs: Glyphs) -> String {
    Figure.interval(interval, signed: true, glyphs: glyphs)
  }

  /// The overhead of a measurement: `~+33.2±1.5!` in the colour of a warning where the machine was busy.
  package static func overhead(_ latency: LatencySummary, glyphs: Glyphs) -> (text: String, style: Style) {
    let text = overhead(latency.overheadPercent, glyphs: glyphs)
    return latency.isBusy ? ("~\(text)!", Style(.warn)) : (text, .plain)
  }

  /// A time of a measurement in a column: `20.6`, `71.5µs`, `~20.6`.
  package static func time(_ latency: LatencySummary, _ value: Double) -> (text: String, style: Style) {
    let text = NumberFormat.milliseconds(value)
    return latency.isBusy ? ("~\(text)", Style(.warn)) : (text, .plain)
  }

  /// `20.6 ms`, `71.5 µs`.
  package static func time(_ value: Double) -> String {
    let text = NumberFormat.milliseconds(value, micro: " µs")
    return text.hasSuffix("µs") ? text : text + " ms"
  }

  /// Why a latency is marked: `busy: 51 % taken`; nil where it is not.
  package static func busy(_ latency: LatencySummary) -> String? {
    guard latency.isBusy, let share = latency.coreShare else { return nil }
    return "measured while other programs took \(CoreUse.takenPercent(share)) % of the cores: t measures again"
  }

  /// `1.06 %` of a base model.
  package static func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "?" }
    return NumberFormat.fixed(Double(part) / Double(whole) * 100, 2) + " %"
  }

  /// `4 min`, `3 h`, `2 days`.
  package static func age(_ seconds: Double) -> String {
    let minutes = max(0, Int(seconds / 60))
    if minutes < 60 { return "\(minutes) min" }
    let hours = minutes / 60
    return hours < 48 ? "\(hours) h" : "\(hours / 24) days"
  }

  /// `2026-11-30`, in local time by an offset from UTC in seconds.
  package static func day(_ time: Double, utcOffset: Int) -> String {
    // The Gregorian calendar: https://howardhinnant.github.io/date_algorithms.html#civil_from_days.
    guard abs(time) < 1e12 else { return "?" }
    let shifted = Int(((time + Double(utcOffset)) / 86_400).rounded(.down)) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return "\(year + era * 400 + (civilMonth <= 2 ? 1 : 0))-\(two(civilMonth))-\(two(day))"
  }

  /// `13:58`, in local time by an offset from UTC in seconds.
  package static func clock(_ time: Double, utcOffset: Int) -> String {
    let seconds = Int(time.rounded(.down)) + utcOffset
    let ofDay = ((seconds % 86_400) + 86_400) % 86_400
    let hour = ofDay / 3600
    let minute = ofDay % 3600 / 60
    return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
  }
}

/// A run's state as a glyph, a short word and a colour: the word and the glyph say it without the colour.
package struct StateWord: Sendable, Equatable {
  package enum Sign: Sendable { case running, done, failed, paused, waiting }

  package var sign: Sign
  /// At most six letters.
  package var word: String
  package var key: ThemeKey

  package static func of(_ run: RunSummary) -> StateWord {
    switch run.remeasuring {
    case .waiting: return StateWord(sign: .waiting, word: "tpot", key: .dim)
    case .measuring: return StateWord(sign: .running, word: "tpot", key: .live)
    case nil: return of(run, run.state)
    }
  }

  private static func of(_ run: RunSummary, _ state: RunState) -> StateWord {
    let word = state.word
    return switch state {
    case .waiting: StateWord(sign: .waiting, word: word, key: .dim)
    case .preparing, .training, .evaluating, .measuring: StateWord(sign: .running, word: word, key: .live)
    case .awaitingLatency: StateWord(sign: .waiting, word: word, key: .dim)
    case .paused: StateWord(sign: .paused, word: word, key: .warn)
    case .done: StateWord(sign: .done, word: word, key: .ok)
    case .failed: StateWord(sign: .failed, word: run.endedNotFinite ? "NaN" : word, key: .bad)
    case .stopped: StateWord(sign: .done, word: word, key: .warn)
    case .cancelled: StateWord(sign: .failed, word: word, key: .dim)
    }
  }

  /// The state in words, for where there is room.
  package static func sentence(_ run: RunSummary) -> String {
    switch run.remeasuring {
    case .waiting: return "\(run.state.rawValue), waits to be measured again"
    case .measuring: return "\(run.state.rawValue), measuring TPOT again"
    case nil: break
    }
    switch run.state {
    case .awaitingLatency: return "trained and scored, waits for TPOT"
    case .measuring: return "measuring TPOT"
    case .waiting, .preparing, .training, .evaluating, .paused, .done, .stopped, .failed, .cancelled:
      return run.state.rawValue
    }
  }

  package func glyph(_ glyphs: Glyphs) -> Character {
    switch sign {
    case .running: glyphs.running
    case .done: glyphs.done
    case .failed: glyphs.failed
    case .paused: glyphs.paused
    case .waiting: glyphs.waiting
    }
  }
}

extension RunSummary {
  /// Its progress is worth a bar: it is neither finished nor waiting for its turn.
  package var showsProgress: Bool {
    switch state {
    case .preparing, .training, .evaluating, .measuring, .paused, .awaitingLatency: true
    case .done, .stopped: remeasuring == .measuring
    case .waiting, .failed, .cancelled: false
    }
  }

  /// 0 to 1 over the part of the run that is under way; nil before it began.
  package var progress: Double? {
    if remeasuring == .measuring { return phaseProgress }
    switch state {
    case .waiting, .cancelled: return nil
    case .done: return 1
    case .evaluating, .measuring: return phaseProgress
    // All of its steps and its score are there.
    case .awaitingLatency: return 1
    case .preparing, .training, .paused, .stopped, .failed:
      return totalSteps > 0 ? Double(step) / Double(totalSteps) : (state == .preparing ? 0 : nil)
    }
  }
}

/// An output's judgement as a glyph, a word and a colour.
enum OutcomeWord {
  static func span(_ outcome: ExampleOutcome?, _ glyphs: Glyphs) -> Span {
    guard let outcome else { return Span("\(glyphs.dash) not evaluated", .dim) }
    if !outcome.parsed { return Span("? no parse", Style(.warn)) }
    if outcome.score >= 0.999_999 { return Span("\(glyphs.done) right", Style(.ok)) }
    if outcome.score <= 0 { return Span("\(glyphs.failed) wrong", Style(.bad)) }
    return Span("\(glyphs.about) \(NumberFormat.fixed(outcome.score * 100, 0)) %", Style(.warn))
  }
}

extension ExampleOutcome {
  /// The output, with a mark behind one that was ended early.
  func shownOutput(_ glyphs: Glyphs) -> String { isCut ? "\(output) \(glyphs.ellipsis) (ended early)" : output }
}

/// A notice's level as a glyph and a colour.
enum NoticeSign {
  static func of(_ level: Notice.Level, _ glyphs: Glyphs) -> (Character, ThemeKey) {
    switch level {
    case .info: (glyphs.off, .dim)
    case .good: (glyphs.done, .ok)
    case .warning: ("!", .warn)
    case .error: (glyphs.failed, .bad)
    }
  }
}

/// What is known about the time and memory of the next run.
enum EstimateLine {
  static func text(_ state: DashboardState) -> String {
    guard let seconds = state.estimate.item(state.setup.targets)?.secondsPerRun else {
      return "time: after a run, or S then c"
    }
    let runs = state.estimate.value?.basedOnRuns ?? 0
    let isBusy = state.estimate.value?.busyShare != nil
    let basis = runs == 0 ? isBusy ? "busy machine" : "measured" : Counted.text(runs, "run")
    return "est. \(NumberFormat.duration(seconds)) per run · \(basis)"
  }
}

/// Paths as people type them.
enum Path {
  /// `~` and relative paths, made absolute.
  static func expanded(_ path: String) -> String {
    var path = path
    if path == "~" || path.hasPrefix("~/") {
      path = home + path.dropFirst()
    } else if path.hasPrefix("~") {
      path = NSString(string: path).expandingTildeInPath
    }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// `$HOME` before the account's own home, which Foundation asks first: the same rule as `PersonFolders`.
  private static var home: String {
    let named = ProcessInfo.processInfo.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    var home = named ?? NSHomeDirectory()
    while home.count > 1, home.hasSuffix("/") { home.removeLast() }
    return home
  }

  /// The home folder as `~`.
  static func abbreviated(_ path: String) -> String {
    let home = home
    return home.count > 1 && path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
