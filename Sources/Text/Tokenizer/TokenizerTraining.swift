import Foundation

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
