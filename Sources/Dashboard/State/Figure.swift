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
    NumberFormat.fixed(interval.estimate * 100, 1) + String(glyphs.plusMinus)
      + NumberFormat.fixed(interval.halfWidth * 100, 1)
  }

  /// `+11.9±0.5`: a value that is percent already.
  package static func overhead(_ interval: Interval, glyphs: Glyphs) -> String {
    NumberFormat.fixed(interval.estimate, 1, signed: true) + String(glyphs.plusMinus)
      + NumberFormat.fixed(interval.halfWidth, 1)
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

  /// `13:58`, in local time by an offset from UTC in seconds.
  package static func clock(_ time: Double, utcOffset: Int) -> String {
    let seconds = Int(time.rounded(.down)) + utcOffset
    let ofDay = ((seconds % 86_400) + 86_400) % 86_400
    let hour = ofDay / 3600
    let minute = ofDay % 3600 / 60
    return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
  }
}
