import Kernels

/// What a model says about tokens that are there already.
public enum Scoring {
  /// Logits after every token: `tokens.count` rows of `vocabulary`.
  public static func logits(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], team: WorkerTeam
  ) throws(DecoderError) -> [[Float]] {
    guard !tokens.isEmpty else { return [] }
    let pass = try pass(base: base, adapter: adapter, tokens: tokens)
    let vocabulary = base.configuration.vocabularySize
    let all = FloatBuffer(count: tokens.count * vocabulary)
    team.run { w in
      pass.forEachLogitsChunk(w, stream: pass.run(w)) { start, logits in
        Elementwise.copy(
          w, from: logits, into: Rows(all.pointer + start * vocabulary, rows: logits.rows, columns: vocabulary))
      }
    }
    return (0..<tokens.count).map {
      Array(UnsafeBufferPointer(start: all.pointer + $0 * vocabulary, count: vocabulary))
    }
  }

  /// Natural logarithm of the probability of each token after the first: `tokens.count − 1` values.
  public static func logProbabilities(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], team: WorkerTeam
  ) throws(DecoderError) -> [Float] {
    let pass = try pass(base: base, adapter: adapter, tokens: tokens)
    guard tokens.count > 1 else { return [] }
    let targets = Int32Buffer()
    targets.assign(tokens.dropFirst() + [-1])
    let result = FloatBuffer(count: tokens.count)
    team.run { w in
      pass.forEachLogitsChunk(w, stream: pass.run(w)) { start, logits in
        CrossEntropy.logProbabilities(
          w, logits: logits, targets: targets.pointer + start, into: result.pointer + start)
      }
    }
    return Array(result.array.dropLast())
  }

  private static func pass(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32]
  ) throws(DecoderError) -> ForwardPass {
    let configuration = base.configuration
    if let adapter, adapter.configuration != configuration { throw .adapterMismatch }
    guard tokens.count <= configuration.maxPositions else {
      throw .tooLong(index: 0, length: tokens.count, limit: configuration.maxPositions)
    }
    for token in tokens where token < 0 || token >= configuration.vocabularySize {
      throw .token(token, vocabulary: configuration.vocabularySize)
    }
    let pass = ForwardPass(base: base, adapter: adapter)
    pass.prepare([Prompt(tokens: tokens)], everyRow: true)
    return pass
  }
}
