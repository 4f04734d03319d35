/// A number and what it counts: `1 run`, `2 runs`.
package enum Counted {
  package static func text(_ number: Int, _ noun: String) -> String { "\(number) \(plural(noun, number))" }

  /// The noun alone, where the number stands elsewhere.
  package static func plural(_ noun: String, _ number: Int) -> String { number == 1 ? noun : noun + "s" }
}
