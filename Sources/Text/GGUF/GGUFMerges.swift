/// The merges of a SentencePiece BPE model, which has none: of every token all ways to put it together from two others, those of the
/// best token first, as transformers' converter finds them.
struct GGUFMerges {
  let tokens: [String]
  /// The higher, the earlier is a token made.
  let scores: [Double]
  /// Control tokens and bytes are never put together.
  let isMerged: (Int) -> Bool

  private struct Merge {
    let left: Substring
    let right: Substring
    let score: Double
    let (leftCount, rightCount): (Int, Int)
    let (leftID, rightID): (Int, Int)
    let place: Int
  }

  /// Pairs, as `tokenizer.json` has them.
  func merges() -> [JSONValue] {
    var ids = TokenTable(capacity: tokens.count)
    for (id, token) in tokens.enumerated() where isMerged(id) { ids.insert(token, id: Int32(id)) }
    var found: [Merge] = []
    for (id, token) in tokens.enumerated() where isMerged(id) {
      let scalars = token.unicodeScalars
      // What is longer is no token of a text; each way would be looked at.
      guard scalars.count > 1, scalars.count <= 128 else { continue }
      for (place, index) in scalars.indices.dropFirst().enumerated() {
        let (left, right) = (token[..<index], token[index...])
        guard let leftID = ids.id(of: String(left)), let rightID = ids.id(of: String(right)) else { continue }
        found.append(
          Merge(
            left: left, right: right, score: scores[id], leftCount: place + 1, rightCount: scalars.count - place - 1,
            leftID: Int(leftID), rightID: Int(rightID), place: id))
      }
    }
    // By score, then by the lengths, the longer left part first; what is still equal stays in the vocabulary's order.
    found.sort { one, other in
      if one.score != other.score { return one.score > other.score }
      if one.leftCount != other.leftCount { return one.leftCount > other.leftCount }
      if one.rightCount != other.rightCount { return one.rightCount > other.rightCount }
      return (one.place, one.leftID, one.rightID) < (other.place, other.leftID, other.rightID)
    }
    return found.map { .array([.string(String($0.left)), .string(String($0.right))]) }
  }
}
