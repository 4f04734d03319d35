/// A number and what it counts: `1 run`, `2 runs`.
enum Counted {
  static func text(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
