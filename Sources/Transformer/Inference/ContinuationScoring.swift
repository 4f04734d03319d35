import Kernels
import Recipe

/// A prompt, and several texts that may follow it.
public struct Continuations: Sendable {
  public var prompt: Prompt
  /// Tokens of each; none is empty.
  public var options: [[Int32]]

  public init(prompt: Prompt, options: [[Int32]]) {
    self.prompt = prompt
    self.options = options
  }
}

extension Scoring {
  /// How likely each continuation is after its prompt: the natural logarithm of the product of its tokens' probabilities.
  ///
  /// Prompts are packed into passes of about 2 048 tokens. A prompt is computed once for all of its options, and so is what prompts of a pass have
  /// in common at their beginning; the bits are those that each option has alone. Options that begin alike, as those of one token each do with
  /// the prompt itself, share a sequence, and only the positions before an option's tokens reach the output projection.
  ///
  /// Where something is not finite, every option of its request is computed once more, in passes that share nothing.
  ///
  /// - Parameter onPass: told after each pass how many requests are done; false ends early, unless all are.
  /// - Returns: `[request][option]`, nil after an early end.
  /// - Throws: `DecoderError` for an empty prompt or option, for what exceeds the model's positions or vocabulary, for images that do not
  ///   fit the prompt, and where memory is short; before anything is computed, except the last.
  public static func continuations(
    base: BaseModel, adapter: LoRAAdapter?, _ requests: [Continuations], team: WorkerTeam,
    onPass: (_ done: Int) -> Bool = { _ in true }
  ) throws(DecoderError) -> [[Double]]? {
    let configuration = base.configuration
    if let adapter, adapter.configuration != configuration { throw .adapterMismatch }
    for (index, request) in requests.enumerated() { try check(request, index: index, in: configuration) }
    let adapters = adapter.map { [$0.specification] } ?? []
    let own = adapter.flatMap { $0.specification.promptOnly ? [$0] : nil }
    let pass = ForwardPass(base: base, adapter: own == nil ? adapter : nil, adapters: own)
    /// `[request][option]`, in passes that are as full as may be; nil where `goesOn`, which is shown each pass's values, ends it.
    func values(
      of requests: [Continuations], sharesRows: Bool, goesOn: (_ values: [[Double]]) -> Bool
    ) throws(DecoderError) -> [[Double]]? {
      var results: [[Double]] = []
      results.reserveCapacity(requests.count)
      while results.count < requests.count {
        var packed = ContinuationBatch()
        for request in requests[results.count...] {
          let trie = SharedSequences(request)
          guard packed.hasRoom(for: request, trie) else { break }
          packed.add(request, trie)
        }
        let values = try packed.run(
          pass, configuration, adapters: adapters, promptOnly: own != nil, sharesRows: sharesRows, team: team)
        results += values
        guard goesOn(values) else { return nil }
      }
      return results
    }
    var done = 0
    func goesOn() -> Bool { onPass(done) || done == requests.count }
    let first = try values(of: requests, sharesRows: true) { values in
      done += values.count { $0.allSatisfy(\.isFinite) }
      return goesOn()
    }
    guard var results = first else { return nil }
    // What is no number in one option's tokens may have come into rows that others share: each is asked again, in rows of its own.
    let again = results.indices.filter { !results[$0].allSatisfy(\.isFinite) }.flatMap { place in
      requests[place].options.indices.map { (request: place, option: $0) }
    }
    let alone = again.map { entry in
      let request = requests[entry.request]
      return Continuations(prompt: request.prompt, options: [request.options[entry.option]])
    }
    var next = 0
    let found = try values(of: alone, sharesRows: false) { values in
      for value in values {
        let (request, option) = again[next]
        results[request][option] = value[0]
        if option == requests[request].options.count - 1 { done += 1 }
        next += 1
      }
      return goesOn()
    }
    return found == nil ? nil : results
  }

  private static func check(
    _ request: Continuations, index: Int, in configuration: ModelConfiguration
  ) throws(DecoderError) {
    let prompt = request.prompt
    guard !prompt.tokens.isEmpty, request.options.allSatisfy({ !$0.isEmpty }) else { throw .emptyPrompt(index: index) }
    let length = prompt.tokens.count + (request.options.map(\.count).max() ?? 0)
    // The last token is predicted and never read, so it needs no position.
    guard length - 1 <= configuration.maxPositions else {
      throw .tooLong(index: index, length: length - 1, limit: configuration.maxPositions)
    }
    for tokens in [prompt.tokens] + request.options {
      if let token = tokens.first(where: { $0 < 0 || Int($0) >= configuration.vocabularySize }) {
        throw .token(token, vocabulary: configuration.vocabularySize)
      }
    }
    if let problem = ImageProblem(tokens: prompt.tokens, images: prompt.images, in: configuration) {
      throw .images(index: index, problem)
    }
  }
}

/// What of a request's options has to be read: all of an option but its last token, and of those that begin alike only the longest.
struct SharedSequences {
  /// What follows the prompt in each sequence; at least one, perhaps empty.
  private(set) var tails: [ArraySlice<Int32>] = []
  /// The sequence in which each option is read.
  private(set) var places: [Int] = []
  let tokenCount: Int

  init(_ request: Continuations) {
    places = Array(repeating: 0, count: request.options.count)
    for index in request.options.indices.sorted(by: { request.options[$0].count > request.options[$1].count }) {
      let read = request.options[index].dropLast()
      if let place = tails.firstIndex(where: { $0.starts(with: read) }) {
        places[index] = place
      } else {
        places[index] = tails.count
        tails.append(read)
      }
    }
    tokenCount = tails.reduce(0) { $0 + request.prompt.tokens.count + $1.count }
  }
}

/// Requests as one packed pass takes them. What sequences have in common at their beginning, as those of one prompt have all of it, is
/// computed once. A position may have several targets, one for each option that goes on from there.
private struct ContinuationBatch {
  /// Positions of all sequences, at most, whose keys and values of one layer lie side by side.
  private static let positionsOfAPass = 4 * Admission.tokensOfAPass

  private var sequences: [Prompt] = []
  /// Tokens of each sequence's prompt.
  private var promptTokens: [Int] = []
  /// By request and option: the sequence in which it is read, the position before its first token, and its tokens.
  private var options: [[(sequence: Int, position: Int, tokens: [Int32])]] = []
  /// Rows at most, and positions of all sequences.
  private var newTokens = 0
  private var positions = 0

  /// Whether a request goes into the same pass as those that are there.
  func hasRoom(for request: Continuations, _ shared: SharedSequences) -> Bool {
    sequences.isEmpty
      || newTokens + Self.newTokens(request, shared) <= Admission.tokensOfAPass
        && positions + shared.tokenCount <= Self.positionsOfAPass
  }

  /// Rows of a request whose sequences share their prompt. Images are never shared.
  private static func newTokens(_ request: Continuations, _ shared: SharedSequences) -> Int {
    let isShared = request.prompt.images.isEmpty
    return isShared ? shared.tails.reduce(request.prompt.tokens.count) { $0 + $1.count } : shared.tokenCount
  }

  mutating func add(_ request: Continuations, _ shared: SharedSequences) {
    let prompt = request.prompt
    let first = sequences.count
    sequences += shared.tails.map { Prompt(tokens: prompt.tokens + $0, images: prompt.images) }
    promptTokens += shared.tails.map { _ in prompt.tokens.count }
    newTokens += Self.newTokens(request, shared)
    positions += shared.tokenCount
    options.append(
      zip(request.options, shared.places).map { ($1 + first, prompt.tokens.count - 1, $0) })
  }

  /// - Parameters:
  ///   - adapters: the pass's, for its memory.
  ///   - promptOnly: the pass has one adapter, which acts on prompts alone.
  ///   - sharesRows: false computes every sequence whole.
  /// - Returns: `[request][option]`
  func run(
    _ pass: ForwardPass, _ configuration: ModelConfiguration, adapters: [LoRASpecification], promptOnly: Bool,
    sharesRows: Bool, team: WorkerTeam
  ) throws(DecoderError) -> [[Double]] {
    let rows = PromptRows()
    let lengths = sequences.map(\.tokens.count)
    rows.assign(
      sequences, held: lengths.map { _ in 0 }, imageToken: configuration.vision?.imageToken, sharesRows: sharesRows,
      mostShared: promptOnly ? promptTokens : nil)
    let count = rows.firstRows[sequences.count]
    // By row: the tokens that are asked for after it.
    var targets: [[Int32]] = Array(repeating: [], count: count)
    let wanted = options.map { options in
      options.map { option in
        option.tokens.enumerated().map { offset, token in
          let row = rows.row(of: option.sequence, position: option.position + offset)
          let known = targets[row].firstIndex(of: token)
          if known == nil { targets[row].append(token) }
          return (row: row, place: known ?? targets[row].count - 1)
        }
      }
    }
    // From the first row of a sequence with a target on all of its rows reach the head.
    let firsts = sequences.indices.map { index in
      let own = rows.firstRows[index]..<rows.firstRows[index + 1]
      return own.first { !targets[$0].isEmpty } ?? own.upperBound - 1
    }
    let heads = sequences.indices.map { rows.pasts[$0] + firsts[$0] - rows.firstRows[$0] }
    let headRows = sequences.indices.flatMap { firsts[$0]..<rows.firstRows[$0 + 1] }
    let positions = lengths.reduce(0, +)
    let width = (0..<configuration.layers).map { configuration.cacheWidths(of: $0).keys }.max() ?? 0
    try ForwardPass.checkMemory(
      configuration, adapters: adapters, tokens: count, headRows: headRows.count, longest: lengths.max() ?? 0,
      resultBytes: InferenceMemory.floats([2, positions, width]))
    pass.prepare(
      sequences, pasts: rows.pasts, adapters: promptOnly ? sequences.map { _ in 0 } : nil,
      adapted: promptOnly ? promptTokens : nil, heads: heads, everyRow: false)
    let (keys, values) = (FloatBuffer(count: positions * width), FloatBuffer(count: positions * width))
    var first = 0
    let views = lengths.map { length in
      defer { first += length * width }
      // One layer after the other uses them, in passes of many queries that pack what they read: in rows as they come.
      return KVView(
        keys: keys.pointer + first, values: values.pointer + first, stride: width,
        headStride: configuration.headSize)
    }
    let layers = headRows.map { targets[$0].count }.max() ?? 0
    let asked = Int32Buffer()
    asked.assign((0..<layers).flatMap { layer in headRows.map { targets[$0].dropFirst(layer).first ?? -1 } })
    let found = FloatBuffer(count: max(1, layers * headRows.count))
    views.withUnsafeBufferPointer { views in
      guard let all = views.baseAddress else { return }
      let caches = PromptCaches(all: all, stride: 0, rows: rows, isAll: false, keepsStates: false)
      team.run { w in
        pass.forEachLogitsChunk(w, stream: pass.run(w, caches: caches)) { start, logits in
          for layer in 0..<layers {
            let place = layer * headRows.count + start
            CrossEntropy.logProbabilities(
              w, logits: logits, targets: asked.pointer + place, into: found.pointer + place)
          }
        }
      }
    }
    withExtendedLifetime((keys, values)) {}
    var head = Array(repeating: 0, count: count)
    for (index, row) in headRows.enumerated() { head[row] = index }
    return wanted.map { options in
      options.map { tokens in
        tokens.reduce(0) { $0 + Double(found.pointer[$1.place * headRows.count + head[$1.row]]) }
      }
    }
  }
}
