import HuggingFace
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

  func batch(step: Int, sequences count: Int, level: Double) -> TokenBatch {
    var generator = SplitMix64(seed: seed, stream: UInt64(step) &+ 0x10_0000)
    var sequences: [[Int32]] = []
    var targets: [[Int32]] = []
    for _ in 0..<count {
      // More repeats while copying forms; enough to the end to keep it.
      var (tokens, learned) =
        generator.chance(level < 1 ? 0.2 : 0.13)
        ? repeats(level: level, &generator) : passages(level: level, &generator)
      tokens = Array(tokens.prefix(2 * length))
      learned = Array(learned.prefix(2 * length))
      sequences.append(tokens)
      targets.append(
        tokens.indices.map { $0 + 1 < tokens.count && learned[$0 + 1] ? tokens[$0 + 1] : -1 })
    }
    return TokenBatch(sequences: sequences, targets: targets)
  }

  /// A cycle of random tokens; what repeats is learned.
  private func repeats(level: Double, _ generator: inout SplitMix64) -> ([Int32], [Bool]) {
    let period = generator.between(4, 16 + Int(level * 48))
    let cycle = (0..<period).map { _ in generator.pick(ordinary) }
    let size = min(length, period * 6)
    return ((0..<size).map { cycle[$0 % period] }, (0..<size).map { $0 >= period })
  }

  private func passages(level: Double, _ generator: inout SplitMix64) -> ([Int32], [Bool]) {
    // Half of the sequences keep to one family: many short exercises of a kind teach it from each other.
    let only = generator.chance(0.5) ? corpus.family(&generator) : nil
    let size = generator.chance(0.04) ? 2 * length : length
    var tokens: [Int32] = []
    var learned: [Bool] = []
    while true {
      let passage = corpus.passage(only ?? corpus.family(&generator), level: level, &generator)
      let (ids, flags) = encode(passage)
      if !tokens.isEmpty, tokens.count + ids.count > size { return (tokens, learned) }
      tokens += ids
      learned += flags
    }
  }

  /// The pieces' tokens one after another, then the end token, which is learned.
  func encode(_ passage: Passage) -> ([Int32], [Bool]) {
    var tokens: [Int32] = []
    var learned: [Bool] = []
    for piece in passage.pieces {
      let ids = tokenizer.encode(piece.text, addSpecial: false)
      tokens += ids
      learned += [Bool](repeating: piece.learned, count: ids.count)
    }
    return (tokens + [end], learned + [true])
  }
}
