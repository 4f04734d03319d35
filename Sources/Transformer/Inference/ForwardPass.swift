import Kernels
import Recipe

/// Forward only, for prompts and scores: all blocks share one set of activations.
///
/// `@unchecked Sendable`: its variables are set between regions; inside one the kernels' shards decide who writes what. One
/// region uses a pass at a time.
final class ForwardPass: @unchecked Sendable {
  private let base: BaseModel
  private let blocks: [PassBlock]
  let batch = PackedBatch()
  private let workspace = Workspace()
  private let activations = LayerActivations()
  private let finalNorm: PassNorm
  private var rotary: [RoPETable]
  /// Of a base that sees.
  private let tower: VisionTower?
  /// Of the adapters that prompts have; nil for one that leaves the tower as it is.
  private let towers: [VisionTower?]
  /// Towers of the images at hand, and the rows of each one's features.
  private var features: [(tower: VisionTower, rows: Int32Buffer)] = []

  /// - Parameters:
  ///   - adapter: that all prompts have.
  ///   - adapters: instead of it, those of which each prompt has one or none.
  init(base: BaseModel, adapter: LoRAAdapter?, adapters: [LoRAAdapter]? = nil) {
    self.base = base
    blocks = base.blocks.enumerated().map {
      PassBlock(
        layer: $0.offset, weights: $0.element, configuration: base.configuration, adapter: adapter, adapters: adapters)
    }
    for block in blocks { block.updateFactors() }
    finalNorm = PassNorm(before: base)
    rotary = base.rotaryTables(positions: 1)
    tower = VisionTower(base: base, adapter: adapter, training: false)
    towers =
      adapters?.map { adapter in
        adapter.modules.contains { $0.path.isVision } ? VisionTower(base: base, adapter: adapter, training: false) : nil
      } ?? []
  }

  /// Refuses prompts for which there is no room.
  ///
  /// - Parameter adapters: those that prompts have.
  static func checkMemory(
    _ configuration: ModelConfiguration, adapters: [LoRASpecification] = [], tokens: Int, headRows: Int, longest: Int,
    resultBytes: Int = 0
  ) throws(DecoderError) {
    func bytes(_ tokens: Int) -> Int {
      InferenceMemory.forward(
        configuration, tokens: tokens, headRows: min(headRows, tokens), longest: min(longest, tokens),
        adapters: adapters)
    }
    do {
      try MemoryShortage.check(
        InferenceMemory.sum([bytes(tokens), resultBytes]), for: "the activations of \(tokens) tokens"
      ) { room in
        var fitting = tokens / 2
        while fitting > 16, bytes(fitting) > room { fitting /= 2 }
        return fitting > 16 ? "\(fitting) tokens would fit: shorten the prompt" : "use a smaller model"
      }
    } catch {
      throw .memory(error)
    }
  }

  /// Takes over prompts, whose images `ImageProblem` has nothing against, outside a region. With `everyRow` all positions reach the head, else each prompt's last.
  ///
  /// - Parameters:
  ///   - pasts: as `PackedBatch.assign` takes it; `run` must be given caches then.
  ///   - adapters: of each prompt, those of the same side by side, in a pass that was made for several.
  ///   - adapted: with them, as `PackedBatch.assign` takes it.
  ///   - heads: the first position of each that reaches the head, where that is not the last.
  func prepare(
    _ prompts: [Prompt], pasts: [Int]? = nil, adapters: [Int?]? = nil, adapted: [Int]? = nil, heads: [Int]? = nil,
    everyRow: Bool
  ) {
    batch.assign(
      prompts: prompts, pasts: pasts, adapters: adapters, adapted: adapted, heads: heads, everyRow: everyRow,
      imageToken: base.configuration.vision?.imageToken)
    reserve()
    prepareImages(prompts.indices.map { (prompts[$0].images, adapters?[$0]) })
  }

  /// Gives each image to its sequence's tower.
  private func prepareImages(_ sequences: [(images: [PixelValues], adapter: Int?)]) {
    var parts: [(tower: VisionTower, images: [PixelValues], rows: [Int32])] = []
    var first = 0
    for sequence in sequences where !sequence.images.isEmpty {
      guard let tower, let vision = base.configuration.vision else { break }
      let own = sequence.adapter.flatMap { towers[$0] } ?? tower
      let end = first + sequence.images.count * vision.tokensPerImage
      let index = parts.firstIndex { $0.tower === own } ?? parts.count
      if index == parts.count { parts.append((own, [], [])) }
      parts[index].images += sequence.images
      parts[index].rows += (first..<end).map { batch.imageRows[$0] }
      first = end
    }
    features = parts.map { part in
      part.tower.prepare(part.images)
      let rows = Int32Buffer()
      rows.assign(part.rows)
      return (part.tower, rows)
    }
  }

  private func reserve() {
    let configuration = base.configuration
    rotary = base.rotaryTables(positions: batch.longest)
    let tokens = batch.tokenCount
    activations.reserve(
      configuration: configuration, tokens: tokens, feedForwardRows: tokens,
      middleRows: batch.headIsWhole ? 0 : batch.headCount, gathered: batch.headIsWhole ? 0 : batch.headCount,
      ranks: PassLinear.ranks(blocks), products: PassLinear.products(blocks), training: false)
    workspace.normed.reserve(tokens, configuration.hiddenSize)
    workspace.wide.reserve(tokens, configuration.intermediateSize)
    workspace.reserveMixing(tokens, configuration.mixing)
    let chunk = min(batch.headCount, HeadChunk.rows(vocabulary: configuration.vocabularySize))
    workspace.hidden.reserve(chunk, configuration.hiddenSize)
    workspace.logits.reserve(chunk, configuration.vocabularySize)
  }

  /// Runs the blocks and returns the residual stream at the head rows, `[N, hidden]`. In a region, after `prepare`.
  ///
  /// - Parameters:
  ///   - caches: where the prompts' keys and values go, and those of the tokens before them are.
  ///   - onInput: is shown each layer's input, as `BlockForward.onInput`.
  func run(
    _ w: Worker, caches: PromptCaches? = nil,
    onInput: ((_ w: Worker, _ layer: Int, _ linear: PassLinear, _ x: Rows) -> Void)? = nil
  ) -> Rows {
    let configuration = base.configuration
    let tokens = batch.tokenCount
    var forward = BlockForward(
      configuration: configuration, rotary: rotary, batch: batch, workspace: workspace, dropout: nil, training: false)
    let stream = activations.input.rows(tokens, configuration.hiddenSize)
    InputEmbedding.forward(
      w, base: base, tokens: batch.tokens.pointer, positions: batch.positions.pointer, into: stream)
    for (tower, rows) in features {
      RowSelection.place(w, tower.forward(w, dropout: nil), at: rows.pointer, in: stream)
    }
    var top = stream
    for (layer, block) in blocks.enumerated() {
      if let onInput { forward.onInput = { onInput($0, layer, $1, $2) } }
      let attention = activations.attention.rows(tokens, block.mixing.outputs)
      var going = attention
      if let caches, let convolution = block.convolution {
        let isHead = layer == blocks.count - 1 && !batch.headIsWhole
        let inputs = forward.projectMixed(w, block: block, saved: activations, input: stream)
        caches.store(w, inputs, of: convolution, layer: layer)
        if layer == blocks.count - 1, caches.isAll { return stream.rows(from: 0, count: 0) }
        if isHead { going = activations.attentionHead.rows(batch.headCount, block.mixing.outputs) }
        convolution.forward(
          w, inputs: inputs, rows: isHead ? batch.headRows.pointer : nil, caches: caches.views(layer),
          past: isHead ? batch.headPasts.pointer : batch.pasts.pointer, into: going,
          sequenceStarts: isHead ? batch.headStarts.pointer : batch.sequenceStarts.pointer, sequences: batch.sequences)
        if isHead {
          top = activations.middle.rows(batch.headCount, configuration.hiddenSize)
          RowSelection.gather(w, from: stream, rows: batch.headRows.pointer, into: top)
        }
      } else if let caches, let delta = block.delta {
        let inputs = forward.projectMixed(w, block: block, saved: activations, input: stream)
        let room = workspace.mixing(tokens, delta.shape).rows
        caches.forward(w, delta, inputs: inputs, batch: batch, layer: layer, room: room, into: attention)
        if layer == blocks.count - 1, caches.isAll { return stream.rows(from: 0, count: 0) }
        delta.finish(w, attention, inputs: inputs, into: attention)
        if layer == blocks.count - 1, !batch.headIsWhole {
          (going, top) = headRows(w, of: block, stream)
        }
      } else if let caches {
        let isTop = layer == blocks.count - 1
        // Above the top block's keys and values only the last rows are wanted, or none.
        if isTop, caches.isAll || !batch.headIsWhole {
          let queries = caches.isAll ? nil : activations.attentionHead.rows(batch.headCount, block.mixing.outputs)
          let heads = forward.projectKeys(w, block: block, saved: activations, input: stream, queries: queries)
          caches.store(w, heads, headSize: base.configuration.headSize, layer: layer)
          guard let queries else { return stream.rows(from: 0, count: 0) }
          Attention.forward(
            w, q: queries, caches: caches.views(layer), past: batch.headPasts.pointer, into: queries,
            shape: block.attention, sequenceStarts: batch.headStarts.pointer, sequences: batch.sequences)
          if block.gatesAttention {
            let gates = activations.attention.rows(queries.rows, queries.columns)
            RowSelection.gather(w, from: heads.gates, rows: batch.headRows.pointer, into: gates)
            forward.gate(w, block, queries, by: gates, into: queries)
          }
          going = queries
          top = activations.middle.rows(batch.headCount, configuration.hiddenSize)
          RowSelection.gather(w, from: stream, rows: batch.headRows.pointer, into: top)
        } else {
          let heads = forward.project(w, block: block, saved: activations, input: stream)
          caches.store(w, heads, headSize: base.configuration.headSize, layer: layer)
          Attention.forward(
            w, q: heads.q, caches: caches.views(layer), past: batch.pasts.pointer, into: attention,
            shape: block.attention, sequenceStarts: batch.sequenceStarts.pointer, sequences: batch.sequences)
          forward.gate(w, block, attention, by: heads.gates, into: attention)
        }
      } else {
        forward.attention(w, block: block, saved: activations, input: stream)
        if layer == blocks.count - 1, !batch.headIsWhole {
          (going, top) = headRows(w, of: block, stream)
        }
      }
      forward.feedForward(w, block: block, saved: activations, attention: going, middle: top, output: top)
    }
    return top
  }

  /// Of what the top block's attention gave, and of the residual stream, the rows that reach the head.
  private func headRows(_ w: Worker, of block: PassBlock, _ stream: Rows) -> (attention: Rows, stream: Rows) {
    let going = activations.attentionHead.rows(batch.headCount, block.mixing.outputs)
    let top = activations.middle.rows(batch.headCount, stream.columns)
    RowSelection.gather(
      w, from: activations.attention.rows(batch.tokenCount, block.mixing.outputs), rows: batch.headRows.pointer,
      into: going)
    RowSelection.gather(w, from: stream, rows: batch.headRows.pointer, into: top)
    return (going, top)
  }

  /// Logits in chunks of rows: `body` is given the first head row of the chunk and the logits `[chunk, vocabulary]`, and
  /// must end with a barrier.
  func forEachLogitsChunk(_ w: Worker, stream: Rows, _ body: (_ start: Int, _ logits: Rows) -> Void) {
    let configuration = base.configuration
    let step = HeadChunk.rows(vocabulary: configuration.vocabularySize)
    for start in Swift.stride(from: 0, to: stream.rows, by: step) {
      let count = min(step, stream.rows - start)
      let hidden = workspace.hidden.rows(count, configuration.hiddenSize)
      let logits = workspace.logits.rows(count, configuration.vocabularySize)
      finalNorm.forward(w, x: stream.rows(from: start, count: count), into: hidden, statistics: nil)
      MatMul.forward(w, x: hidden, weight: base.output, into: logits)
      if let cap = configuration.logitSoftCap { SoftCap.apply(w, x: logits, cap: cap) }
      body(start, logits)
    }
  }
}

/// What a model says about tokens that are there already.
public enum Scoring {
  /// Logits after every token: `tokens.count` rows of `vocabulary`.
  ///
  /// - Parameters:
  ///   - images: of a base that sees, in the order of their tokens.
  ///   - promptTokens: those that an adapter that is prompt-only acts on; nil for all.
  public static func logits(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], images: [PixelValues] = [], promptTokens: Int? = nil,
    team: WorkerTeam
  ) throws(DecoderError) -> [[Float]] {
    guard !tokens.isEmpty else { return [] }
    let vocabulary = base.configuration.vocabularySize
    // The logits once as they are made, and once as they are returned.
    let pass = try pass(
      base: base, adapter: adapter, prompt: Prompt(tokens: tokens, images: images), promptTokens: promptTokens,
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
  ///
  /// - Parameter promptTokens: those that an adapter that is prompt-only acts on; nil for all.
  public static func logProbabilities(
    base: BaseModel, adapter: LoRAAdapter?, tokens: [Int32], images: [PixelValues] = [], promptTokens: Int? = nil,
    team: WorkerTeam
  ) throws(DecoderError) -> [Float] {
    let pass = try pass(
      base: base, adapter: adapter, prompt: Prompt(tokens: tokens, images: images), promptTokens: promptTokens)
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
    base: BaseModel, adapter: LoRAAdapter?, prompt: Prompt, promptTokens: Int?, resultBytes: Int = 0
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
      configuration, adapters: adapter.map { [$0.specification] } ?? [], tokens: prompt.tokens.count,
      headRows: prompt.tokens.count, longest: prompt.tokens.count,
      resultBytes: resultBytes)
    let pass: ForwardPass
    if let adapter, adapter.specification.promptOnly, let promptTokens {
      pass = ForwardPass(base: base, adapter: nil, adapters: [adapter])
      pass.prepare([prompt], adapters: [0], adapted: [promptTokens], everyRow: true)
    } else {
      pass = ForwardPass(base: base, adapter: adapter)
      pass.prepare([prompt], everyRow: true)
    }
    return pass
  }
}
