import Kernels

/// What a model says about tokens that are there already.
public enum Scoring {
  /// Logits after every token: `tokens.count` rows of `vocabulary`.
  ///
  /// - Parameter images: of a base that sees, in the order of their tokens.
  public static func logits(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], images: [PixelValues] = [], team: WorkerTeam
  ) throws(DecoderError) -> [[Float]] {
    guard !tokens.isEmpty else { return [] }
    let vocabulary = base.configuration.vocabularySize
    // The logits once as they are made, and once as they are returned.
    let pass = try pass(
      base: base, adapter: adapter, prompt: Prompt(tokens: tokens, images: images),
      resultBytes: InferenceMemory.floats([2, tokens.count, vocabulary]))
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
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], images: [PixelValues] = [], team: WorkerTeam
  ) throws(DecoderError) -> [Float] {
    let pass = try pass(base: base, adapter: adapter, prompt: Prompt(tokens: tokens, images: images))
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
    base: BaseModel, adapter: LoRAAdapter?, prompt: Prompt, resultBytes: Int = 0
  ) throws(DecoderError) -> ForwardPass {
    let configuration = base.configuration
    if let adapter, adapter.configuration != configuration { throw .adapterMismatch }
    guard prompt.tokens.count <= configuration.maxPositions else {
      throw .tooLong(index: 0, length: prompt.tokens.count, limit: configuration.maxPositions)
    }
    for token in prompt.tokens where token < 0 || token >= configuration.vocabularySize {
      throw .token(token, vocabulary: configuration.vocabularySize)
    }
    if let problem = ImageProblem(tokens: prompt.tokens, images: prompt.images, in: configuration) {
      throw .images(index: 0, problem)
    }
    try ForwardPass.checkMemory(
      configuration, tokens: prompt.tokens.count, headRows: prompt.tokens.count, longest: prompt.tokens.count,
      resultBytes: resultBytes)
    let pass = ForwardPass(base: base, adapter: adapter)
    pass.prepare([prompt], everyRow: true)
    return pass
  }
}
