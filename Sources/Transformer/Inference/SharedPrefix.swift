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
    let beginnings = prompts.map { beginning(of: $0, imageToken: imageToken) }
      .sorted { $0.lexicographicallyPrecedes($1) }
    guard let first = beginnings.first else { return nil }
    // What each has in common with the one before it; of any stretch of them all have the least of these in common.
    var common = zip(beginnings, beginnings.dropFirst()).map { Self.common($0, $1) }
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

  /// What a prompt may share: at least one token is left, whose logits are wanted, and images are seldom the same.
  static func beginning(of prompt: Prompt, imageToken: Int32?) -> ArraySlice<Int32> {
    let tokens = prompt.tokens.dropLast()
    return prompt.images.isEmpty ? tokens : tokens.prefix { $0 != imageToken }
  }

  /// Tokens that two beginnings have in common.
  static func common(_ one: ArraySlice<Int32>, _ other: ArraySlice<Int32>) -> Int {
    var count = 0
    for (left, right) in zip(one, other) {
      if left != right { break }
      count += 1
    }
    return count
  }

  /// The order in which prompts start: the longest quarter first, so that short ones are left for the end, and within a quarter those that
  /// have the same adapter and begin alike side by side, so that they come into one pass.
  ///
  /// - Returns: the prompts' indices.
  package static func order(of prompts: [AdaptedPrompt]) -> [Int] {
    let byLength = prompts.indices.sorted {
      let (one, other) = (prompts[$0].tokens.count, prompts[$1].tokens.count)
      return one != other ? one > other : $0 < $1
    }
    let quarter = max(1, (prompts.count + 3) / 4)
    return stride(from: 0, to: prompts.count, by: quarter).flatMap { start in
      byLength[start..<min(prompts.count, start + quarter)].sorted {
        let (one, other) = (prompts[$0], prompts[$1])
        if one.adapter != other.adapter { return one.adapter ?? -1 < other.adapter ?? -1 }
        return one.tokens != other.tokens ? one.tokens.lexicographicallyPrecedes(other.tokens) : $0 < $1
      }
    }
  }
}

/// The beginnings that a decoder's prompts share, one for each adapter, and which of them its slots hold.
struct SharedBeginnings {
  /// Tokens with their keys and values.
  struct Beginning {
    /// No two are the same, though one take the place of another.
    fileprivate let number: Int
    let tokens: [Int32]
    let cache: SlotCache
  }

  /// By the prompts' adapter.
  private var beginnings: [Int?: Beginning] = [:]
  private var count = 0
  /// `[slots]` the number of what a slot holds, before whatever its sequence adds.
  private var held: [Int?]

  init(slots: Int) { held = Array(repeating: nil, count: slots) }

  /// Keeps what prompts with an adapter begin with, in the place of what they began with before.
  mutating func keep(_ tokens: [Int32], _ cache: SlotCache, adapter: Int?) {
    count += 1
    beginnings[adapter] = Beginning(number: count, tokens: tokens, cache: cache)
  }

  /// The shared beginning of a prompt, where it has one.
  func beginning(of prompt: AdaptedPrompt) -> Beginning? {
    guard let beginning = beginnings[prompt.adapter], prompt.tokens.count > beginning.tokens.count,
      prompt.tokens.starts(with: beginning.tokens)
    else { return nil }
    return beginning
  }

  /// A slot is about to hold a beginning, or what shares none.
  ///
  /// - Returns: whether it holds that one already.
  mutating func hold(_ beginning: Beginning?, slot: Int) -> Bool {
    let isThere = beginning != nil && held[slot] == beginning?.number
    held[slot] = beginning?.number
    return isThere
  }

  /// What a slot holds may be something else than it was.
  mutating func forget(slot: Int) { held[slot] = nil }
}
