import Foundation
import HeapModule

/// Learns a byte-level BPE vocabulary from text.
public enum TokenizerTraining {
  /// Returns the contents of a `tokenizer.json` that `tokenizers` opens and gives the same ids with.
  ///
  /// Deterministic: the most frequent pair is merged first, of equally frequent ones that with the lower ids, as `tokenizers`
  /// decides it. Ids: special tokens in the order given, the 256 bytes, then the merges.
  ///
  /// - Parameters:
  ///   - corpus: texts; words do not reach across them.
  ///   - vocabularySize: tokens in all. The special tokens and the 256 bytes are always there; fewer than asked come out where the
  ///     corpus has no pair left.
  ///   - splitDigits: every digit is a word of its own.
  public static func trainByteLevelBPE(
    corpus: some Sequence<String>, vocabularySize: Int, specialTokens: [String], splitDigits: Bool
  ) -> Data {
    var specials: [String] = []
    for token in specialTokens where !token.isEmpty && !specials.contains(token) { specials.append(token) }
    // Ids of the alphabet follow the order of the characters that stand for the bytes.
    let alphabet = (0..<256).sorted { ByteLevelAlphabet.scalars[$0].value < ByteLevelAlphabet.scalars[$1].value }
    var byteIDs = [Int32](repeating: 0, count: 256)
    for (position, byte) in alphabet.enumerated() { byteIDs[byte] = Int32(specials.count + position) }
    var learner = MergeLearner(
      words: countWords(corpus, splitDigits: splitDigits), byteIDs: byteIDs, firstFreeID: Int32(specials.count + 256),
      alphabet: alphabet.map { UInt8($0) })
    learner.learn(until: vocabularySize)

    var vocabulary: [(String, JSONValue)] = []
    for token in specials { vocabulary.append((token, .integer(vocabulary.count))) }
    for bytes in learner.tokens {
      vocabulary.append(
        (String(decoding: ByteLevelAlphabet.text(of: bytes), as: UTF8.self), .integer(vocabulary.count)))
    }
    let merges = learner.merges.map { pair in
      JSONValue.array([.string(learner.text(of: pair.left)), .string(learner.text(of: pair.right))])
    }
    let document = json(specials: specials, vocabulary: vocabulary, merges: merges, splitDigits: splitDigits)
    return Data((JSONWriter.text(document) + "\n").utf8)
  }

  /// How often each word occurs, in a fixed order.
  private static func countWords(_ corpus: some Sequence<String>, splitDigits: Bool) -> [(bytes: [UInt8], count: Int)] {
    var stages: [PreTokenizer] = []
    if splitDigits, let pattern = try? Pattern(PreTokenizer.numberPattern) {
      stages.append(.split(pattern, .isolated, inverted: false))
    }
    if let pattern = try? Pattern(PreTokenizer.gpt2Pattern, syntax: .oniguruma) {
      stages.append(.split(pattern, .isolated, inverted: false))
    }
    let matchers = stages.map { _ in PatternMatcher() }
    var counts: [[UInt8]: Int] = [:]
    for text in corpus {
      var text = text
      text.withUTF8 { bytes in
        PreTokenizer.run(stages, bytes, startsText: true, matchers) { counts[Array($0), default: 0] += 1 }
      }
    }
    return counts.map { (bytes: $0.key, count: $0.value) }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }

  private static func json(
    specials: [String], vocabulary: [(String, JSONValue)], merges: [JSONValue], splitDigits: Bool
  ) -> JSONValue {
    let added = specials.enumerated().map { id, content in
      JSONValue.object(
        JSONObject([
          ("id", .integer(id)), ("content", .string(content)), ("single_word", .bool(false)), ("lstrip", .bool(false)),
          ("rstrip", .bool(false)), ("normalized", .bool(false)), ("special", .bool(true)),
        ]))
    }
    let byteLevel = JSONValue.object(
      JSONObject([
        ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)), ("trim_offsets", .bool(true)),
        ("use_regex", .bool(true)),
      ]))
    let digits = JSONValue.object(JSONObject([("type", .string("Digits")), ("individual_digits", .bool(true))]))
    let sequence = JSONObject([
      ("type", .string("Sequence")), ("pretokenizers", .array([digits, byteLevel])),
    ])
    let model = JSONObject([
      ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null), ("continuing_subword_prefix", .null),
      ("end_of_word_suffix", .null), ("fuse_unk", .bool(false)), ("byte_fallback", .bool(false)),
      ("ignore_merges", .bool(false)), ("vocab", .object(JSONObject(vocabulary))), ("merges", .array(merges)),
    ])
    return .object(
      JSONObject([
        ("version", .string("1.0")), ("truncation", .null), ("padding", .null), ("added_tokens", .array(added)),
        ("normalizer", .null), ("pre_tokenizer", splitDigits ? .object(sequence) : byteLevel),
        ("post_processor", .null),
        ("decoder", byteLevel), ("model", .object(model)),
      ]))
  }
}

/// Finds the merges of a BPE vocabulary: counts of all pairs, kept up to date as pairs are merged (Sennrich et al. 2016).
struct MergeLearner {
  struct Pair: Hashable, Sendable {
    let left: Int32
    let right: Int32
  }

  private struct Tally {
    var count = 0
    /// Words that hold the pair, or held it once.
    var words: [Int32] = []
  }

  /// The bytes of the tokens from the first byte's id on.
  private(set) var tokens: [[UInt8]]
  private(set) var merges: [Pair] = []
  private var idsByBytes: [[UInt8]: Int32] = [:]
  private let firstID: Int32
  private var words: [[Int32]]
  private let counts: [Int]
  private var tallies: [Pair: Tally] = [:]
  private var queue = Heap<CountedPair>()

  init(words: [(bytes: [UInt8], count: Int)], byteIDs: [Int32], firstFreeID: Int32, alphabet: [UInt8]) {
    tokens = alphabet.map { [$0] }
    firstID = firstFreeID - Int32(alphabet.count)
    self.words = words.map { $0.bytes.map { byteIDs[Int($0)] } }
    counts = words.map(\.count)
    for (index, word) in self.words.enumerated() {
      for (left, right) in zip(word, word.dropFirst()) {
        add(Pair(left: left, right: right), counts[index], word: Int32(index))
      }
    }
    for (pair, tally) in tallies { queue.insert(CountedPair(count: tally.count, pair: pair)) }
  }

  func text(of id: Int32) -> String {
    String(decoding: ByteLevelAlphabet.text(of: tokens[Int(id - firstID)]), as: UTF8.self)
  }

  /// Merges until there are `size` ids or no pair is left.
  mutating func learn(until size: Int) {
    while Int(firstID) + tokens.count < size, let entry = queue.popMin() {
      let count = tallies[entry.pair]?.count ?? 0
      guard count > 0 else { continue }
      guard count == entry.count else {
        // Its count fell since it was queued.
        if count < entry.count { queue.insert(CountedPair(count: count, pair: entry.pair)) }
        continue
      }
      merge(entry.pair)
    }
  }

  private mutating func merge(_ pair: Pair) {
    let bytes = tokens[Int(pair.left - firstID)] + tokens[Int(pair.right - firstID)]
    let id: Int32
    if let known = idsByBytes[bytes] {
      // Another pair already gave this token.
      id = known
    } else {
      id = firstID + Int32(tokens.count)
      tokens.append(bytes)
      idsByBytes[bytes] = id
    }
    merges.append(pair)
    var changed: Set<Pair> = []
    let places = tallies.removeValue(forKey: pair)?.words ?? []
    for index in Set(places).sorted() { replace(pair, with: id, in: index, &changed) }
    for pair in changed {
      if let count = tallies[pair]?.count, count > 0 { queue.insert(CountedPair(count: count, pair: pair)) }
    }
  }

  private mutating func replace(_ pair: Pair, with id: Int32, in index: Int32, _ changed: inout Set<Pair>) {
    let count = counts[Int(index)]
    var word: [Int32] = []
    swap(&word, &words[Int(index)])
    var read = 0
    var write = 0
    while read < word.count {
      guard read + 1 < word.count, word[read] == pair.left, word[read + 1] == pair.right else {
        word[write] = word[read]
        read += 1
        write += 1
        continue
      }
      if write > 0 {
        let before = word[write - 1]
        subtract(Pair(left: before, right: pair.left), count, merged: pair)
        add(Pair(left: before, right: id), count, word: index)
        changed.insert(Pair(left: before, right: id))
      }
      if read + 2 < word.count {
        let after = word[read + 2]
        subtract(Pair(left: pair.right, right: after), count, merged: pair)
        add(Pair(left: id, right: after), count, word: index)
        changed.insert(Pair(left: id, right: after))
      }
      word[write] = id
      read += 2
      write += 1
    }
    word.removeLast(word.count - write)
    words[Int(index)] = word
  }

  private mutating func add(_ pair: Pair, _ count: Int, word: Int32) {
    tallies[pair, default: Tally()].count += count
    if tallies[pair]?.words.last != word { tallies[pair]?.words.append(word) }
  }

  private mutating func subtract(_ pair: Pair, _ count: Int, merged: Pair) {
    guard pair != merged else { return }
    tallies[pair]?.count -= count
  }
}

/// A pair as it was counted when it was queued: the highest count goes first, then the lowest ids.
private struct CountedPair: Comparable {
  let count: Int
  let pair: MergeLearner.Pair

  static func < (one: CountedPair, other: CountedPair) -> Bool {
    if one.count != other.count { return one.count > other.count }
    if one.pair.left != other.pair.left { return one.pair.left < other.pair.left }
    return one.pair.right < other.pair.right
  }
}
