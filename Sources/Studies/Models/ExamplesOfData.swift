import Foundation
import HuggingFace
import Messages
import Training

/// Reads and tokenises a data set as a run would, and keeps its first examples token by token. Blocks.
enum ExamplesOfData {
  static let samples = 5

  /// - Throws: what reading and tokenising throw, one line each.
  static func load(_ request: DataExamples.Request, base: LoadedBase) throws -> DataExamples {
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let options = try DataOptions(request.settings)
    let tokenising = try base.tokenising(options)
    let cut = try tokenising.tokenize(
      data.training, sequenceLength: request.settings.sequenceLength, source: data.source)
    // Lengths before the cut: what `sequence length` would have to be for nothing to be lost.
    let whole = try tokenising.tokenize(data.training, sequenceLength: Int.max, source: data.source)
    let lengths = Dictionary(whole.examples.map { ($0.exampleIndex, $0.tokens.count) }) { first, _ in first }
    let shown = cut.examples.prefix(samples).map { example in
      DataExamples.Sample(
        place: data.training[example.exampleIndex].id, pieces: pieces(of: example, tokenizer: base.tokenizer),
        isTruncated: example.tokens.count < lengths[example.exampleIndex] ?? 0)
    }
    return DataExamples(
      detected: (data.task as? any ReadData)?.detected
        ?? "prompt and completion, \(data.training.count + data.evaluation.count) examples",
      rendering: options.rendering(tokenising.chat), trainingExamples: cut.examples.count,
      evaluationExamples: data.evaluation.count,
      truncated: cut.truncated, leftOut: cut.leftOut, tokens: cut.tokens, trainedTokens: cut.lossTokens,
      longest: lengths.values.max() ?? 0, samples: Array(shown))
  }

  /// A character whose bytes are cut over several tokens stands whole in the first of them.
  private static func pieces(of example: TokenizedExample, tokenizer: Tokenizer) -> [DataExamples.Piece] {
    var bytes: [UInt8] = []
    var owners: [Int] = []
    for (index, token) in example.tokens.enumerated() {
      let own = tokenizer.decodeBytes([token], skipSpecial: false)
      bytes += own
      owners += Array(repeating: index, count: own.count)
    }
    var texts = Array(repeating: "", count: example.tokens.count)
    var place = 0
    while place < bytes.count {
      let length = scalarLength(bytes, at: place)
      texts[owners[place]] += String(decoding: bytes[place..<place + length], as: UTF8.self)
      place += length
    }
    let trained = Set(example.lossRanges.joined())
    return texts.enumerated().map { DataExamples.Piece(text: $1, isTrained: trained.contains($0)) }
  }

  /// Bytes of the character that begins here; 1 for what is no UTF-8.
  private static func scalarLength(_ bytes: [UInt8], at place: Int) -> Int {
    let wanted =
      switch bytes[place] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    guard place + wanted <= bytes.count else { return 1 }
    return bytes[place + 1..<place + wanted].allSatisfy { $0 & 0xC0 == 0x80 } ? wanted : 1
  }
}
