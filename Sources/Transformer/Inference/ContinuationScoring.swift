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
  /// Prompts are packed into passes of about 2 048 tokens. Options that begin alike, as those of one token each do with the prompt itself,
  /// share a sequence, and only the positions before an option's tokens reach the output projection.
  ///
  /// - Parameter onPass: told after each pass how many requests are done; false ends early.
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
    let pass = ForwardPass(base: base, adapter: adapter)
    var results: [[Double]] = []
    results.reserveCapacity(requests.count)
    while results.count < requests.count {
      var packed = ContinuationBatch()
      var count = 0
      for request in requests[results.count...] {
        let trie = SharedSequences(request)
        if count > 0, packed.tokens.count + trie.tokenCount > Admission.tokensOfAPass { break }
        packed.add(request, trie)
        count += 1
      }
      try ForwardPass.checkMemory(
        configuration, tokens: packed.tokens.count, headRows: packed.headRows, longest: packed.longest)
      results += packed.run(pass, team: team)
      if !onPass(results.count), results.count < requests.count { return nil }
    }
    return results
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

/// Requests as one packed pass takes them. A position may have several targets, one for each option that goes on from there.
private struct ContinuationBatch {
  private(set) var tokens: [Int32] = []
  private var starts: [Int32] = [0]
  private var images: [PixelValues] = []
  /// Tokens that are asked for at each position.
  private var targets: [[Int32]] = []
  /// By request and option: the position and the place among its targets of each of the option's tokens.
  private var wanted: [[[(position: Int, place: Int)]]] = []
  private(set) var longest = 0

  var headRows: Int { targets.count { !$0.isEmpty } }

  mutating func add(_ request: Continuations, _ shared: SharedSequences) {
    let prompt = request.prompt
    var firsts: [Int] = []
    for tail in shared.tails {
      firsts.append(tokens.count + prompt.tokens.count - 1)
      tokens += prompt.tokens
      tokens += tail
      images += prompt.images
      starts.append(Int32(tokens.count))
      longest = max(longest, prompt.tokens.count + tail.count)
    }
    targets += Array(repeating: [], count: tokens.count - targets.count)
    wanted.append(
      zip(request.options, shared.places).map { option, place in
        option.enumerated().map { offset, token in
          let position = firsts[place] + offset
          let known = targets[position].firstIndex(of: token)
          if known == nil { targets[position].append(token) }
          return (position, known ?? targets[position].count - 1)
        }
      })
  }

  func run(_ pass: ForwardPass, team: WorkerTeam) -> [[Double]] {
    let rows = targets.indices.filter { !targets[$0].isEmpty }
    guard !rows.isEmpty else { return wanted.map { $0.map { _ in 0 } } }
    // The first target marks a position as one that reaches the head.
    pass.prepare(
      TokenBatch(tokens: tokens, targets: targets.map { $0.first ?? -1 }, sequenceStarts: starts, images: images))
    let layers = rows.map { targets[$0].count }.max() ?? 0
    let asked = Int32Buffer()
    asked.assign((0..<layers).flatMap { layer in rows.map { targets[$0].dropFirst(layer).first ?? -1 } })
    let found = FloatBuffer(count: max(1, layers * rows.count))
    team.run { w in
      pass.forEachLogitsChunk(w, stream: pass.run(w)) { start, logits in
        for layer in 0..<layers {
          let place = layer * rows.count + start
          CrossEntropy.logProbabilities(
            w, logits: logits, targets: asked.pointer + place, into: found.pointer + place)
        }
      }
    }
    var head = Array(repeating: 0, count: targets.count)
    for (index, row) in rows.enumerated() { head[row] = index }
    return wanted.map { options in
      options.map { tokens in
        tokens.reduce(0) { $0 + Double(found.pointer[$1.place * rows.count + head[$1.position]]) }
      }
    }
  }
}
