import Recipe

/// What a flag takes, where the parser alone would say that a value is invalid and no more: of numbers it knows only that they were not read.
enum InvalidValue {
  /// - Parameter message: ArgumentParser's, of several lines.
  static func explained(_ message: String) -> String {
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let line = lines.first, let (value, flag) = parts(line), let words = words(flag, value) else {
      return message
    }
    lines[0] += ": it takes \(words)"
    return lines.joined(separator: "\n")
  }

  /// The value and the flag of a message that ends with the flag, which explains nothing.
  private static func parts(_ line: String) -> (value: String, flag: String)? {
    let (opening, middle) = ("Error: The value '", "' is invalid for '--")
    guard line.hasPrefix(opening), line.hasSuffix(">'"), let place = line.range(of: middle) else { return nil }
    let value = line[line.index(line.startIndex, offsetBy: opening.count)..<place.lowerBound]
    return (String(value), String(line[place.upperBound...].prefix { $0 != " " && $0 != "'" }))
  }

  private static func words(_ flag: String, _ value: String) -> String? {
    if flag == "jobs" { return JobsChoice.words }
    if let setting = SettingField.all.first(where: { $0.flag == flag && !$0.isByGroup }) {
      return setting.expected(insteadOf: nil)
    }
    // A number that is none of the flag's kind has a fraction, or too many digits.
    return Double(value) == nil ? nil : "a whole number of at most 18 digits"
  }
}
