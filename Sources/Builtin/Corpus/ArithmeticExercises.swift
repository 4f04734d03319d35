import Training

/// Addition and subtraction with the digits' work written out, low digit first, as on paper.
public enum ArithmeticExercises {
  static func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    for _ in 0..<generator.between(2, 4) {
      let limit = level < 0.3 ? 9 : generator.chance(0.8) ? 99 : 999
      var a = generator.between(1, limit)
      var b = generator.between(1, limit)
      if generator.chance(0.5) {
        passage.given("\(a) + \(b)")
        passage.learn(sum(a, b))
      } else {
        if a < b { swap(&a, &b) }
        passage.given("\(a) - \(b)")
        passage.learn(difference(a, b))
      }
    }
    return passage
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
