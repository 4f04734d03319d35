/// The day that `strftime_now` tells. Not today: the same data must give the same tokens tomorrow. The standard is the day that Llama
/// 3.2's own template falls back to.
public struct TemplateDate: Sendable, Equatable {
  public let year: Int
  public let month: Int
  public let day: Int

  public static let standard = TemplateDate(year: 2024, month: 7, day: 26)

  /// A day of the Gregorian calendar; months and days outside of it are taken to the nearest.
  public init(year: Int, month: Int, day: Int) {
    self.year = min(max(year, 1), 9999)
    self.month = min(max(month, 1), 12)
    self.day = min(max(day, 1), 31)
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  /// Python's `strftime` at midnight, or nil for a directive that is not known.
  func text(_ format: String) -> String? {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    var result = ""
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalars.next() {
      case "d": result += two(day)
      case "m": result += two(month)
      case "y": result += two(year % 100)
      case "Y": result += String(year)
      case "B": result += Self.months[month - 1]
      case "b": result += String(Self.months[month - 1].prefix(3))
      case "A": result += Self.days[weekday]
      case "a": result += String(Self.days[weekday].prefix(3))
      case "H", "M", "S": result += "00"
      case "I": result += "12"
      case "p": result += "AM"
      case "F": result += "\(year)-\(two(month))-\(two(day))"
      case "%": result += "%"
      default: return nil
      }
    }
    return result
  }

  /// From 0 for Sunday (Sakamoto's method).
  private var weekday: Int {
    let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
    let shifted = month < 3 ? year - 1 : year
    return (shifted + shifted / 4 - shifted / 100 + shifted / 400 + shifts[month - 1] + day) % 7
  }
}
