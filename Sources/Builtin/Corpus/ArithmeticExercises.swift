import Recipe
import Training

/// Addition and subtraction with the digits' work written out, low digit first, as on paper. Single digits and the reading of digits from the
/// right come first and stay in the mix; then longer numbers, and chains of two steps.
package enum ArithmeticExercises {
  static func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    for _ in 0..<generator.between(2, 4) {
      // The curriculum: nothing but drills at 0, hardly any at 1.
      if generator.uniform() > 0.15 + 1.7 * level || generator.chance(0.12) {
        passage.append(drill(&generator))
      } else if level >= 0.5, generator.chance(0.12) {
        passage.append(chain(&generator))
      } else {
        let limit = level < 0.4 ? 99 : generator.chance(0.6) ? 99 : generator.chance(0.9) ? 999 : 9999
        passage.append(written(limit: limit, &generator))
      }
    }
    return passage
  }

  /// One sum or difference with its work, of numbers up to `limit`.
  static func written(from least: Int = 1, limit: Int, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    let a = generator.between(least, limit)
    let b = generator.between(least, limit)
    if generator.chance(0.5) {
      passage.given("\(a) + \(b)")
      passage.learn(sum(a, b))
    } else {
      passage.given("\(max(a, b)) - \(min(a, b))")
      passage.learn(difference(max(a, b), min(a, b)))
    }
    return passage
  }

  /// What the work is made of: one digit's step by itself, a number's digits from the right, and the way back.
  private static func drill(_ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    let carry = generator.chance(0.4) ? 1 : 0
    switch generator.below(4) {
    case 0:
      let (x, y) = (generator.below(10), generator.below(10))
      passage.given("\(x) + \(y)\(carry > 0 ? " + 1" : "") =")
      passage.learn(" \(x + y + carry)\n")
    case 1:
      let (difference, y) = (generator.below(10), generator.below(10))
      passage.given("\(difference + y + carry) - \(y)\(carry > 0 ? " - 1" : "") =")
      passage.learn(" \(difference)\n")
    case 2:
      let number = generator.between(10, generator.chance(0.5) ? 99 : 9999)
      passage.given("Digits of \(number) :")
      passage.learn(" \(digits(number))\n")
    default:
      let number = generator.between(10, generator.chance(0.5) ? 99 : 9999)
      passage.given("\(digits(number)) from the right :")
      passage.learn(" \(number)\n")
    }
    return passage
  }

  /// Three numbers: the second step starts from what the first one gave.
  private static func chain(_ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    let limit = generator.chance(0.7) ? 99 : 999
    let (a, b, c) = (generator.between(1, limit), generator.between(1, limit), generator.between(1, limit))
    let total = a + b
    let isSum = c > total || generator.chance(0.5)
    passage.given("\(a) + \(b), then \(isSum ? "+" : "-") \(c)\n\(a) + \(b)")
    passage.learn(
      sum(a, b)
        + (isSum ? "\(total) + \(c)" + sum(total, c) : "\(total) - \(c)" + difference(total, c)))
    return passage
  }

  /// `4, 7, 2` of 274.
  private static func digits(_ number: Int) -> String {
    String(number).reversed().map(String.init).joined(separator: ", ")
  }

  /// `27 + 15` goes on with ` : 7 + 5 = 12, 2 + 1 + 1 = 4, 42`.
  package static func sum(_ a: Int, _ b: Int) -> String {
    work(a, b) { x, y, carry in
      let total = x + y + carry
      let text = carry > 0 ? "\(x) + \(y) + 1 = \(total)" : "\(x) + \(y) = \(total)"
      return (text, total / 10)
    } + "\(a + b)\n"
  }

  package static func difference(_ a: Int, _ b: Int) -> String {
    work(a, b) { x, y, borrow in
      let lack = x - borrow < y
      let total = x - borrow - y + (lack ? 10 : 0)
      let text = "\(lack ? 10 + x : x) - \(y)\(borrow > 0 ? " - 1" : "") = \(total)"
      return (text, lack ? 1 : 0)
    } + "\(a - b)\n"
  }

  private static func work(_ a: Int, _ b: Int, _ step: (Int, Int, Int) -> (String, Int)) -> String {
    var (a, b, carry) = (a, b, 0)
    var text = " : "
    while a > 0 || b > 0 {
      let (line, next) = step(a % 10, b % 10, carry)
      text += line + ", "
      carry = next
      a /= 10
      b /= 10
    }
    return text
  }
}
