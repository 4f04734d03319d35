/// The beginning that many prompts have in common: a system text, instructions, examples. It is computed once, and its keys and values copied
/// into each slot that needs them.
///
/// A token's keys and values depend on the tokens before it alone, and no sum in a pass on which rows go through it together, so
/// answers keep their bits.
package enum SharedPrefix {
  /// Tokens that must be saved for a pass more to be worth it: it packs or widens every weight, which takes about as long.
  package static let leastSaved = 256

  /// The beginning with which most tokens are saved, of all that several prompts have in common; nil where that is too few.
  ///
  /// - Parameters:
  ///   - imageToken: what images take the place of. Those of two prompts are seldom the same, so a beginning ends before.
  package static func best(of prompts: [Prompt], imageToken: Int32?, leastSaved: Int = leastSaved) -> [Int32]? {
    // At least one token of each is left, whose logits are wanted.
    let beginnings = prompts.map { prompt in
      prompt.images.isEmpty ? prompt.tokens.dropLast() : prompt.tokens.dropLast().prefix { $0 != imageToken }
    }.sorted { $0.lexicographicallyPrecedes($1) }
    guard let first = beginnings.first else { return nil }
    // What each has in common with the one before it; of any stretch of them all have the least of these in common.
    var common = zip(beginnings, beginnings.dropFirst()).map { zip($0, $1).prefix { $0 == $1 }.count }
    common.append(0)
    var best = (saved: 0, length: 0, member: first)
    // Lengths that ascend, and where the stretch begins in which nothing is shorter.
    var open: [(start: Int, length: Int)] = []
    for (index, length) in common.enumerated() {
      var start = index
      while let last = open.last, last.length >= length {
        open.removeLast()
        start = last.start
        let saved = (index - start) * last.length
        if saved > best.saved { best = (saved, last.length, beginnings[start]) }
      }
      if length > 0 { open.append((start, length)) }
    }
    return best.saved >= max(1, leastSaved) ? Array(best.member.prefix(best.length)) : nil
  }
}
