/// What makes tokens of words.
enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case unigram(UnigramModel)
  case wordPiece(WordPieceModel)

  var vocabulary: TokenTable {
    switch self {
    case .bytePair(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    case .wordPiece(let model): model.vocabulary
    }
  }

  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    switch self {
    case .bytePair(let model): model.encode(word, into: &output)
    case .unigram(let model): model.encode(word, into: &output)
    case .wordPiece(let model): model.encode(word, into: &output)
    }
  }
}

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

/// Tokens by id and by their bytes: one run of bytes and an open-addressing index, so that a vocabulary of a quarter of a
/// million tokens is a handful of allocations, and asking for a word allocates nothing.
struct TokenTable: Sendable {
  private struct Place {
    var start: Int
    /// −1: no token has this id.
    var count: Int
  }

  private var bytes: [UInt8] = []
  private var places: [Place] = []
  private var slots: [Int32]
  private var used = 0
  /// Tokens that have an id.
  private(set) var count = 0

  init(capacity: Int = 0) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    places.reserveCapacity(capacity)
  }

  /// One more than the largest id.
  var limit: Int { places.count }

  /// Gives a token its id; of two ids of one token the last is found.
  mutating func insert(_ token: UnsafeBufferPointer<UInt8>, id: Int32) {
    let index = Int(id)
    while places.count <= index { places.append(Place(start: 0, count: -1)) }
    if places[index].count < 0 { count += 1 }
    places[index] = Place(start: bytes.count, count: token.count)
    bytes.append(contentsOf: token)
    if (used + 1) * 2 > slots.count { grow() }
    let slot = slot(of: token)
    if slots[slot] < 0 { used += 1 }
    slots[slot] = id
  }

  mutating func insert(_ token: String, id: Int32) {
    var token = token
    token.withUTF8 { insert($0, id: id) }
  }

  func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
    let id = slots[slot(of: token)]
    return id < 0 ? nil : id
  }

  func id(of token: String) -> Int32? {
    var token = token
    return token.withUTF8 { id(of: $0) }
  }

  func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

  /// The bytes of a token, or nil if no token has this id.
  subscript(id: Int32) -> ArraySlice<UInt8>? {
    guard places.indices.contains(Int(id)), places[Int(id)].count >= 0 else { return nil }
    let place = places[Int(id)]
    return bytes[place.start..<(place.start + place.count)]
  }

  /// Where the token stands, or where it would.
  private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.of(token)) & mask
    while slots[slot] >= 0, !matches(slots[slot], token) { slot = (slot + 1) & mask }
    return slot
  }

  private func matches(_ id: Int32, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
    let place = places[Int(id)]
    return place.count == token.count
      && bytes.withUnsafeBufferPointer { bytes in
        for index in 0..<token.count where bytes[place.start + index] != token[index] { return false }
        return true
      }
  }

  private mutating func grow() {
    let ids = slots.filter { $0 >= 0 }
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for id in ids {
      let place = places[Int(id)]
      slots[
        bytes.withUnsafeBufferPointer {
          slot(of: UnsafeBufferPointer(rebasing: $0[place.start..<(place.start + place.count)]))
        }
      ] = id
    }
  }
}
