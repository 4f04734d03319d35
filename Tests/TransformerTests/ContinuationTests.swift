import Kernels
import Testing
import Transformer

/// Log-likelihoods of continuations, whose prompts are packed and whose beginnings are shared, against one sequence at a time.
@Suite struct ContinuationTests {
  private func single(_ request: Continuations, _ base: BaseModel, _ team: WorkerTeam) throws -> [Double] {
    try request.options.map { option in
      let values = try Scoring.logProbabilities(
        base: base, adapter: nil, tokens: request.prompt.tokens + option, team: team)
      return values.suffix(option.count).reduce(0) { $0 + Double($1) }
    }
  }

  private func requests(_ count: Int, vocabulary: Int) -> [Continuations] {
    (0..<count).map { index in
      func token(_ place: Int) -> Int32 { Int32((index * 31 + place * 17 + place * place) % vocabulary) }
      let prompt = (0..<(1 + index % 9)).map(token)
      return Continuations(
        prompt: Prompt(tokens: prompt),
        // Of one token, of one that another begins with, of the same beginning, and of another.
        options: [
          [token(20)], [token(21), token(22)], [token(21), token(22), token(23)], [token(21), token(24)],
          [token(25), token(26)], [token(20)],
        ])
    }
  }

  @Test(arguments: [1, 3])
  func packedAreAsSingle(threads: Int) throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let team = WorkerTeam(threads: threads)
    let requests = requests(23, vocabulary: base.configuration.vocabularySize)
    var seen: [Int] = []
    let found = try #require(
      try Scoring.continuations(base: base, adapter: nil, requests, team: team) { done in
        seen.append(done)
        return true
      })
    #expect(seen.last == requests.count)
    #expect(found.map(\.count) == requests.map(\.options.count))
    for (request, values) in zip(requests, found) {
      for (value, alone) in zip(values, try single(request, base, team)) {
        #expect(value < 0 && value == alone, "\(value) against \(alone)")
      }
    }
  }

  @Test func everyPositionMayReachTheHead() throws {
    // A prompt of one token, after which each position is asked for: no rows are gathered then.
    let base = try TinyModel.base(TinyModel.configuration())
    let team = WorkerTeam(threads: 2)
    let request = Continuations(prompt: Prompt(tokens: [3]), options: [[5, 7, 9, 11]])
    let found = try #require(try Scoring.continuations(base: base, adapter: nil, [request], team: team))
    let alone = try single(request, base, team)
    #expect(found[0][0] == alone[0])
  }

  /// Prompts that are long beside their options, one of them the beginning of another, with windows, norms, and a fused weight.
  @Test(arguments: ["window", "norms", "fused", "convolution above", "convolution below", "linear"], [1, 2])
  func aPromptIsComputedOnce(block: String, threads: Int) throws {
    let description =
      switch block {
      case "window": BlockDescription(layers: [LayerAttention(window: 20), LayerAttention(window: 250)])
      case "norms": BlockDescription(normalizesOutputs: true, normalizesQueriesAndKeys: true, layers: [])
      case "linear": BlockDescription(linearAttention: TinyModel.linear([0]), gatesAttention: true)
      case "convolution above": BlockDescription(shortConvolution: ShortConvolutions(width: 3, layers: [1]))
      case "convolution below": BlockDescription(shortConvolution: ShortConvolutions(width: 3, layers: [0]))
      default: BlockDescription(fusesQKV: true, feedForward: .plain, biases: [.qkvProj])
      }
    let base = try TinyModel.base(
      ModelConfiguration(
        vocabularySize: 13, hiddenSize: 12, layers: 2, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
        ropeTheta: 100, maxPositions: 600, block: description))
    let team = WorkerTeam(threads: threads)
    let options: [[Int32]] = [[1, 2, 3], [2, 2], [3, 1, 4, 1, 5], [3, 1, 4, 2], [6], [7, 7, 7]]
    let long = TinyModel.tokens(400, seed: 2)
    let requests = [400, 250, 300, 399, 1].map { length in
      Continuations(prompt: Prompt(tokens: Array(long.prefix(length))), options: options)
    }
    var passes = 0
    let found = try #require(
      try Scoring.continuations(base: base, adapter: nil, requests, team: team) { _ in
        passes += 1
        return true
      })
    // Each sequence whole, they would be 5 445 tokens, three passes of 2 048.
    #expect(passes == 1)
    for (request, values) in zip(requests, found) { #expect(try values == single(request, base, team)) }
    // Again in other company.
    let reversed = try Scoring.continuations(base: base, adapter: nil, requests.reversed(), team: team)
    #expect(reversed == found.reversed())
  }

  /// A token whose embedding is no number spoils the options that read it, and no others.
  @Test func whatIsNotFiniteStaysAlone() throws {
    let base = try TinyModel.base(TinyModel.configuration(tied: false))
    let embedding = base.embedding.base.assumingMemoryBound(to: Float.self)
    for column in 0..<base.embedding.columns { embedding[12 * base.embedding.columns + column] = .nan }
    let team = WorkerTeam(threads: 2)
    let requests = [
      Continuations(prompt: Prompt(tokens: [1, 2, 3]), options: [[4, 5], [12, 5], [6, 7, 8]]),
      Continuations(prompt: Prompt(tokens: [1, 2, 4]), options: [[4, 5], [5, 6]]),
    ]
    let found = try #require(try Scoring.continuations(base: base, adapter: nil, requests, team: team))
    for (request, values) in zip(requests, found) {
      let alone = try single(request, base, team)
      #expect(zip(values, alone).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(values) against \(alone)")
    }
    #expect(found[0][1].isNaN)
  }

  /// Options that are asked again are packed, and may be ended, as all are.
  @Test func whatIsNotFiniteIsAskedAgainTogether() throws {
    let base = try TinyModel.base(TinyModel.configuration(tied: false))
    base.embedding.floatRows.row(12)[0] = .nan
    let team = WorkerTeam(threads: 2)
    let requests = (0..<9).map { index in
      Continuations(
        prompt: Prompt(tokens: [Int32(index), 2, 3]),
        options: [[4, Int32(index)], [12, 5], [6, 7, 8]].filter { index % 3 == 1 || $0[0] != 12 })
    }
    var seen: [Int] = []
    let found = try #require(
      try Scoring.continuations(base: base, adapter: nil, requests, team: team) { done in
        seen.append(done)
        return true
      })
    // Three have an option that is not finite, which may have spoilt others; one pass is enough for all of them.
    #expect(seen.count == 2 && seen[0] <= 6 && seen[1] == 9)
    for (request, values) in zip(requests, found) {
      let alone = try single(request, base, team)
      #expect(zip(values, alone).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(values) against \(alone)")
      #expect(request.options.count == 2 || values[1].isNaN)
      #expect(values[0].isFinite && values[values.count - 1].isFinite)
    }
    #expect(try Scoring.continuations(base: base, adapter: nil, requests, team: team) { _ in false } == nil)
    // What is done when it is ended is given.
    #expect(try Scoring.continuations(base: base, adapter: nil, requests, team: team) { $0 < 9 } != nil)
  }

  @Test func manyRequestsTakeSeveralPassesAndCanBeEnded() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let team = WorkerTeam(threads: 2)
    let requests = requests(600, vocabulary: base.configuration.vocabularySize)
    var passes = 0
    let found = try Scoring.continuations(base: base, adapter: nil, requests, team: team) { done in
      passes += 1
      return done == requests.count
    }
    #expect(found == nil && passes == 1)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let team = WorkerTeam(threads: 1)
    let (limit, vocabulary) = (base.configuration.maxPositions, base.configuration.vocabularySize)
    func run(_ prompt: [Int32], _ option: [Int32]) throws(DecoderError) {
      _ = try Scoring.continuations(
        base: base, adapter: nil, [Continuations(prompt: Prompt(tokens: prompt), options: [option])], team: team)
    }
    #expect(throws: DecoderError.emptyPrompt(index: 0)) { try run([], [1]) }
    #expect(throws: DecoderError.emptyPrompt(index: 0)) { try run([1], []) }
    #expect(throws: DecoderError.token(Int32(vocabulary), vocabulary: vocabulary)) { try run([1], [Int32(vocabulary)]) }
    let whole = Array(repeating: Int32(1), count: limit)
    // The last token is predicted and not read.
    try run(whole, [2])
    #expect(throws: DecoderError.tooLong(index: 0, length: limit + 1, limit: limit)) { try run(whole, [2, 3]) }
  }
}
