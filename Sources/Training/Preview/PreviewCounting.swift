import Dispatch
import Foundation
import Synchronization

/// Tokenises a data set to count what training would make of it. Examples come in batches, which are counted on all processors and
/// then forgotten, so that a data set may be larger than memory.
struct PreviewCounting: Sendable {
  /// An example that is trained on, to be shown.
  struct Shown: Sendable {
    let place: Int
    let example: TokenizedExample
    let isTruncated: Bool
  }

  /// Of one batch, or of those so far.
  struct Counts: Sendable {
    var examples = 0
    var kept = 0
    /// The places of those that have nothing left to learn, of those among them that have nothing at any length, and of those whose
    /// answer begins the text.
    var leftOut: [Int] = []
    var withoutAnswers: [Int] = []
    var withoutBeginnings: [Int] = []
    /// Without examples: how many were cut, and what a person should know besides.
    var noted = TokenizedDataset(examples: [], truncated: 0, leftOut: [])
    var tokens = 0
    var trainedTokens = 0
    var longest = 0
    var shown: [Shown] = []
  }

  let tokenising: Tokenising
  let sequenceLength: Int
  let samples: Int
  /// What errors call the data.
  let source: String

  /// Examples of a batch, bytes of its text, pictures.
  private static let mostExamples = 512
  private static let mostBytes = 1 << 20
  private static let mostPictures = 16

  /// - Parameter read: calls what it is given with each example, in order.
  /// - Returns: nil where an example could not be tokenised; going through them in turn tells which and why.
  /// - Throws: what `read` throws.
  func counts(_ read: (_ give: (Example) -> Void) throws -> Void) throws -> Counts? {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let places = DispatchSemaphore(value: processors + 1)
    let queue = DispatchQueue(label: "preview", attributes: .concurrent)
    let group = DispatchGroup()
    let results = Mutex(Results(samples: samples))
    var batch: [Example] = []
    var bytes = 0
    var pictures = 0
    var number = 0
    func flush() {
      guard !batch.isEmpty else { return }
      let taken = batch
      let place = number
      (batch, bytes, pictures, number) = ([], 0, 0, number + 1)
      places.wait()
      queue.async(group: group) {
        let counted = try? self.counts(of: taken)
        results.withLock { $0.add(counted, at: place) }
        places.signal()
      }
    }
    defer { group.wait() }
    try read { example in
      batch.append(example)
      bytes += example.prompt.utf8.count + example.completion.utf8.count
      pictures += example.images.count
      if batch.count >= Self.mostExamples || bytes >= Self.mostBytes || pictures >= Self.mostPictures { flush() }
    }
    flush()
    group.wait()
    return results.withLock { $0.total }
  }

  private func counts(of batch: [Example]) throws -> Counts {
    // Lengths before the cut say what the sequence length would have to be for nothing to be lost.
    let whole = try tokenising.dataset(
      batch, sequenceLength: .max, shownLength: sequenceLength, source: source)
    let lengths = PartLengths(whole)
    var cut = whole.cut(to: sequenceLength, ids: batch.map(\.id))
    let examples = cut.examples
    let (tokens, trained) = (cut.tokens, cut.lossTokens)
    cut.examples = []
    return Counts(
      examples: whole.examples.count + whole.leftOut.count, kept: whole.examples.count, leftOut: cut.leftOut,
      withoutAnswers: whole.leftOut, withoutBeginnings: tokenising.withoutBeginnings(batch), noted: cut,
      tokens: tokens, trainedTokens: trained, longest: lengths.longest,
      shown: examples.prefix(max(0, samples)).map { example in
        Shown(
          place: batch[example.exampleIndex].id, example: example,
          isTruncated: lengths.count(of: example) > example.tokens.count)
      })
  }

  /// Adds up the batches in their order, in whatever order they are done.
  private struct Results {
    let samples: Int
    /// nil once a batch has failed.
    var total: Counts? = Counts()
    private var waiting: [Int: Counts?] = [:]
    private var next = 0

    init(samples: Int) { self.samples = samples }

    mutating func add(_ counted: Counts?, at place: Int) {
      waiting[place] = .some(counted)
      while let counted = waiting.removeValue(forKey: next) {
        next += 1
        guard let counts = counted, total != nil else {
          total = nil
          continue
        }
        total?.add(counts, samples: samples)
      }
    }
  }
}

extension PreviewCounting.Counts {
  fileprivate mutating func add(_ counts: PreviewCounting.Counts, samples: Int) {
    examples += counts.examples
    kept += counts.kept
    leftOut += counts.leftOut
    withoutAnswers += counts.withoutAnswers
    withoutBeginnings += counts.withoutBeginnings
    noted.add(notesOf: counts.noted)
    tokens += counts.tokens
    trainedTokens += counts.trainedTokens
    longest = max(longest, counts.longest)
    shown += counts.shown.prefix(max(0, samples - shown.count))
  }
}

/// How long examples were before they were cut.
struct PartLengths {
  private struct Part: Hashable {
    var index: Int
    var turn: Int?
  }

  private let counts: [Part: Int]

  init(_ dataset: TokenizedDataset) {
    counts = Dictionary(
      uniqueKeysWithValues: dataset.examples.map {
        (Part(index: $0.exampleIndex, turn: $0.turn), $0.tokens.count)
      })
  }

  var longest: Int { counts.values.max() ?? 0 }

  func count(of example: TokenizedExample) -> Int {
    counts[Part(index: example.exampleIndex, turn: example.turn)] ?? 0
  }
}
