import ArgumentParser

/// `--jobs`: a number, or `auto`, which takes what is faster here.
struct JobsChoice: ExpressibleByArgument, Equatable {
  /// Nil for `auto`.
  var count: Int?

  static let auto = JobsChoice(count: nil)

  init(count: Int?) { self.count = count }

  init?(argument: String) {
    if argument == "auto" {
      self.init(count: nil)
    } else if let count = Int(argument), (1...64).contains(count) {
      self.init(count: count)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { count.map(String.init) ?? "auto" }
}
