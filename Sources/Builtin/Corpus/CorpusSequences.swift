import HuggingFace
import Recipe
import Text
import Training
import Transformer

/// The corpus as token sequences. Step `n`'s batch depends on the seed, `n` and the level only, so nothing but numbers is needed to resume.
struct CorpusSequences: Sendable {
  let corpus: Corpus
  let tokenizer: Tokenizer
  /// Ends every passage.
  let end: Int32
  /// Tokens that repeats are made of: all that are not special.
  let ordinary: [Int32]
  let seed: UInt64
  /// Tokens of a usual sequence; one passage alone may be longer, up to twice this.
  let length: Int
  /// Share of the sequences that hold a picture.
  let pictureShare: Double
  /// How a picture is prepared and stands in a sequence; nil for a base that does not see.
  let sight: VisionProcessor?

  func batch(step: Int, sequences count: Int, level: Double) throws -> TokenBatch {
    var generator = SplitMix64(seed: seed, stream: UInt64(step) &+ 0x10_0000)
    var batch = (sequences: [[Int32]](), targets: [[Int32]](), images: [PixelValues]())
    for _ in 0..<count {
      let sequence = try sequence(level: level, &generator)
      let (tokens, learned) = (sequence.tokens.prefix(2 * length), sequence.learned.prefix(2 * length))
      batch.sequences.append(Array(tokens))
      batch.targets.append(
        tokens.indices.map { $0 + 1 < tokens.count && learned[$0 + 1] ? tokens[$0 + 1] : -1 })
      batch.images += sequence.images
    }
    return TokenBatch(sequences: batch.sequences, targets: batch.targets, images: batch.images)
  }

  private func sequence(level: Double, _ generator: inout SplitMix64) throws -> EncodedPassage {
    if sight != nil, generator.chance(pictureShare) {
      return try encode(corpus.picture(generator.pick(PictureFamily.allCases), level: level, &generator))
    }
    // More repeats while copying forms; enough to the end to keep it.
    if generator.chance(level < 1 ? 0.2 : 0.13) { return repeats(level: level, &generator) }
    return try passages(level: level, &generator)
  }

  /// A cycle of random tokens; what repeats is learned.
  private func repeats(level: Double, _ generator: inout SplitMix64) -> EncodedPassage {
    let period = generator.between(4, 16 + Int(level * 48))
    let cycle = (0..<period).map { _ in generator.pick(ordinary) }
    let size = min(length, period * 6)
    return EncodedPassage(
      tokens: (0..<size).map { cycle[$0 % period] }, learned: (0..<size).map { $0 >= period })
  }

  private func passages(level: Double, _ generator: inout SplitMix64) throws -> EncodedPassage {
    // Half of the sequences keep to one family: many short exercises of a kind teach it from each other.
    let only = generator.chance(0.5) ? corpus.family(&generator) : nil
    let size = generator.chance(0.04) ? 2 * length : length
    var all = EncodedPassage()
    while true {
      let next = try encode(corpus.passage(only ?? corpus.family(&generator), level: level, &generator))
      if !all.tokens.isEmpty, all.tokens.count + next.tokens.count > size { return all }
      all.tokens += next.tokens
      all.learned += next.learned
    }
  }

  /// The pieces' tokens one after another, then the end token, which is learned.
  func encode(_ passage: Passage) throws -> EncodedPassage {
    var encoded = EncodedPassage()
    let pictures = try passage.images.map { try sight?.tiles(of: $0, name: "a picture of the corpus") }.compactMap {
      $0
    }
    var shown = 0
    for piece in passage.pieces {
      var text = piece.text
      if let sight, !pictures.isEmpty {
        let next = shown + ImagePrompt.placeholders(in: text)
        text = try sight.expand(text, images: Array(pictures[shown..<min(next, pictures.count)])).text
        shown = next
      }
      let ids = tokenizer.encode(text, addSpecial: false)
      encoded.tokens += ids
      encoded.learned += [Bool](repeating: piece.learned, count: ids.count)
    }
    encoded.tokens.append(end)
    encoded.learned.append(true)
    encoded.images = pictures.flatMap(\.pixelValues)
    return encoded
  }
}

/// A passage as the model reads it.
struct EncodedPassage: Sendable {
  var tokens: [Int32] = []
  /// Whether each token is learned or only read.
  var learned: [Bool] = []
  var images: [PixelValues] = []
}
