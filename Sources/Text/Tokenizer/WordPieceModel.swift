/// The WordPiece model: the longest token first, again and again; and WordLevel, for which a word is a token or unknown.
struct WordPieceModel: Sendable {
  let vocabulary: TokenTable
  let unknown: Int32
  /// Of every token of a word but the first; nil for WordLevel.
  let prefix: [UInt8]?
  /// A longer word is unknown.
  let mostCharacters: Int

  /// Appends the tokens of `word`, which is not empty.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    guard let prefix else {
      output.append(vocabulary.id(of: word) ?? unknown)
      return
    }
    let before = output.count
    var start = 0
    let isTooLong = word.count > mostCharacters && word.count(where: { $0 & 0xC0 != 0x80 }) > mostCharacters
    while !isTooLong, start < word.count {
      var candidate = (start > 0 ? prefix : []) + Array(word[start...])
      let least = candidate.count - (word.count - start)
      var id: Int32?
      while candidate.count > least {
        id = vocabulary.id(of: candidate)
        if id != nil { break }
        while let last = candidate.popLast(), last & 0xC0 == 0x80 {}
      }
      guard let id else { break }
      output.append(id)
      start += candidate.count - least
    }
    if start < word.count {
      output.removeLast(output.count - before)
      output.append(unknown)
    }
  }
}
