import Foundation

/// Short numbers for narrow columns, the same in every locale. What is not finite is `NaN`, `inf` or `-inf`.
public enum NumberFormat {
  /// `937`, `12.4k`, `0.49M`, `1.15M`, `4.34M`, `1.06G`: three digits and a unit; below 10 000 the number itself.
  /// From 100 000 on the unit is M (0.49M), as parameters are usually given.
  public static func count(_ value: Int) -> String {
    let magnitude = Double(value.magnitude)
    let sign = value < 0 ? "-" : ""
    switch magnitude {
    case ..<10_000: return "\(value)"
    case ..<99_950: return sign + fixed(magnitude / 1e3, 1) + "k"
    case ..<9_995_000: return sign + fixed(magnitude / 1e6, 2) + "M"
    case ..<99_950_000: return sign + fixed(magnitude / 1e6, 1) + "M"
    case ..<999_500_000: return sign + fixed(magnitude / 1e6, 0) + "M"
    case ..<9_995_000_000: return sign + fixed(magnitude / 1e9, 2) + "G"
    case ..<99_950_000_000: return sign + fixed(magnitude / 1e9, 1) + "G"
    default: return sign + fixed(magnitude / 1e9, 0) + "G"
    }
  }

  /// `5 610`: thousands apart.
  public static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text.append(" ") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `0.374`, `12.4`, `248`, `2e-4`, `1.5e6`: `digits` significant digits, short exponents.
  public static func short(_ value: Double, digits: Int = 3) -> String {
    if let special = special(value) { return special }
    if value == 0 { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent < -3 || exponent >= 6 { return scientific(value, digits: digits) }
    let text = fixed(value, max(0, digits - 1 - exponent))
    return text
  }

  /// `2e-4`, `1.25e-3`: no trailing zeros.
  public static func scientific(_ value: Double, digits: Int = 3) -> String {
    if let special = special(value) { return special }
    if value == 0 { return "0" }
    let parts = String(format: "%.*e", max(0, digits - 1), value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
    return trimmed(String(parts[0])) + "e\(exponent)"
  }

  /// A setting as a person would type it: `2e-4`, `0.05`, `16`, `1.5`. Reads back as the same Float.
  public static func setting(_ value: Double) -> String {
    if let special = special(value) { return special }
    if value == 0 { return "0" }
    for digits in 1...9 {
      let text = String(format: "%.*e", digits - 1, value)
      if Float(text) == Float(value) || digits == 9 {
        let exponent = Int(log10(abs(value)).rounded(.down))
        if exponent < -2 || exponent >= 6 { return scientific(value, digits: digits) }
        return trimmed(fixed(value, max(0, digits - 1 - exponent)))
      }
    }
    return "\(value)"
  }

  /// Milliseconds with three digits: `20.6`, `1.87`, `0.412`; below a tenth the unit changes, `71.5µs`, and stands beside the number.
  public static func milliseconds(_ value: Double, micro: String = "µs") -> String {
    if value > 0, value < 0.1 { return fixed(value * 1000, value < 0.01 ? 2 : 1) + micro }
    return value >= 100 ? fixed(value, 0) : short(value)
  }

  /// Fixed decimals; `signed` adds the plus.
  public static func fixed(_ value: Double, _ decimals: Int, signed: Bool = false) -> String {
    if let special = special(value) { return special }
    if let text = quick(value, max(0, decimals), signed: signed) { return text }
    let text = String(format: signed ? "%+.*f" : "%.*f", max(0, decimals), value)
    // No negative zero.
    if value.sign == .minus, text.dropFirst().allSatisfy({ $0 == "0" || $0 == "." }) {
      return (signed ? "+" : "") + text.dropFirst()
    }
    return text
  }

  /// The usual numbers without the C library's formatting, which takes ten times as long: a screen has hundreds of them. Nil for what is
  /// large, has many decimals or lies too near to the middle of two texts for a product to say which is nearer.
  private static func quick(_ value: Double, _ decimals: Int, signed: Bool) -> String? {
    guard decimals < powers.count else { return nil }
    let scaled = value.magnitude * Double(powers[decimals])
    guard scaled < 1e9 else { return nil }
    let whole = scaled.rounded(.down)
    guard abs(scaled - whole - 0.5) > 1e-6 else { return nil }
    let units = Int(whole) + (scaled - whole > 0.5 ? 1 : 0)
    var text = value < 0 && units > 0 ? "-" : signed ? "+" : ""
    text += String(units / powers[decimals])
    guard decimals > 0 else { return text }
    let rest = String(units % powers[decimals])
    text += "."
    for _ in rest.utf8.count..<decimals { text += "0" }
    return text + rest
  }

  private static let powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

  /// `45s`, `1m58`, `23m`, `2h47m`, `3d4h`: at most six columns; negative or not finite is a dash.
  public static func duration(_ seconds: Double, dash: String = "–") -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return dash }
    let total = Int(seconds.rounded())
    switch total {
    case ..<60: return "\(total)s"
    case ..<3600:
      return total < 600 || total % 60 != 0 && total < 1200
        ? "\(total / 60)m" + twoDigits(total % 60) : "\(Int((seconds / 60).rounded()))m"
    case ..<86_400: return "\(total / 3600)h" + twoDigits(total % 3600 / 60) + "m"
    default: return "\(total / 86_400)d\(total % 86_400 / 3600)h"
    }
  }

  /// `812 KiB`, `1.6 GiB`.
  public static func bytes(_ count: Int) -> String {
    var value = Double(max(0, count))
    if value < 1024 { return "\(Int(value)) B" }
    for unit in ["KiB", "MiB", "GiB"] {
      value /= 1024
      if value < 999.5 || unit == "GiB" { return fixed(value, value < 9.95 ? 1 : 0) + " " + unit }
    }
    return "\(count) B"
  }

  /// `62%`; rounded down so that 100 % is never shown early.
  public static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return "–" }
    return "\(Int((min(max(fraction, 0), 1) * 100 + 1e-9).rounded(.down)))%"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func special(_ value: Double) -> String? {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return nil
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = Substring(text)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}
