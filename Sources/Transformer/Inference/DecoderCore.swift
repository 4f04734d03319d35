import Kernels
import Recipe

/// A decoder's state and its operations inside a region, for `Decoder` and `Generation`.
///
/// `@unchecked Sendable`: `begin…` and `end…` write the variables outside regions, or by worker 0 between two barriers; inside a
/// step the kernels' shards decide who writes what.
final class DecoderCore: @unchecked Sendable {
  let base: BaseModel
  let slots: Int
  let maxLength: Int
  /// Of the products of prompts and steps, and of attention inside prompts; attention to caches is FP32.
  let arithmetic: ProductArithmetic
  /// Steps of few sequences are computed as a decoder of so few slots computes them: for measurements, since a sequence's bits then depend on
  /// its company.
  var decodesByRows = false
  private let blocks: [DecodeBlock]
  let caches: [SlotCache]
  /// The output projection, where weights are streamed.
  private let head: StreamedLinears?
  private let rotary: [RoPETable]
  private let finalNorm: PassNorm
  private let activation: FeedForwardActivation
  /// Of the adapters that there are, each once.
  let specifications: [LoRASpecification]
  private let prefillPass: ForwardPass
  private let room: DecodeRoom
  private(set) var lengths: [Int]
  private var active = 0
  private(set) var adapters: SequenceAdapters
  private let prefillRows = PromptRows()
  /// Slots of the prompts of a prefill under way.
  private var prefillSlots: [Int] = []
  private var beginnings: SharedBeginnings
  /// Slots into which the prefill under way copies one.
  private var receiving: [(slot: Int, beginning: SharedBeginnings.Beginning)] = []

  /// - Parameters:
  ///   - adapter: that all sequences have.
  ///   - adapters: instead of it, those of which each sequence has one or none. The same one named twice is kept once.
  ///   - streams: of few slots the weights are streamed; false for products in any case, whose bits do not depend on the number of slots.
  init(
    base: BaseModel, adapter: LoRAAdapter?, adapters: [LoRAAdapter]? = nil, slots: Int, maxLength: Int,
    arithmetic: ProductArithmetic = .float32, streams: Bool = true
  ) throws(DecoderError) {
    guard slots > 0 else { throw .slots(slots) }
    guard maxLength > 0, maxLength <= base.configuration.maxPositions else {
      throw .tooLong(index: 0, length: maxLength, limit: base.configuration.maxPositions)
    }
    let own = adapters.map(SequenceAdapters.once)
    let all = (own?.adapters ?? []) + [adapter].compactMap { $0 }
    guard all.allSatisfy({ $0.configuration == base.configuration }) else { throw .adapterMismatch }
    specifications = all.map(\.specification)
    try Self.checkMemory(base.configuration, adapters: specifications, slots: slots, maxLength: maxLength)
    self.adapters = SequenceAdapters(own, slots: slots)
    self.base = base
    self.slots = slots
    self.maxLength = maxLength
    self.arithmetic = arithmetic
    // Streams multiply in FP32 alone.
    let streamedRows = streams && slots <= StreamedLinears.mostRows && arithmetic == .float32 ? slots : nil
    rotary = base.rotaryTables(positions: maxLength)
    finalNorm = PassNorm(before: base)
    activation = FeedForwardActivation(base.configuration)
    // One that acts on prompts alone costs a step nothing.
    let stepping = adapter?.specification.promptOnly == true ? nil : adapter
    blocks = base.blocks.indices.map {
      DecodeBlock(
        layer: $0, base: base, adapter: stepping, adapters: own?.adapters, streamedRows: streamedRows,
        arithmetic: arithmetic)
    }
    head = streamedRows.map { StreamedLinears([StreamedLinear(weight: base.output, column: 0)], rows: $0) }
    caches = (0..<slots).map { _ in
      SlotCache(base.configuration, maxLength: maxLength)
    }
    prefillPass = ForwardPass(
      base: base, adapter: adapter?.snapshot(), adapters: own?.adapters.map { $0.snapshot() })
    room = DecodeRoom(
      configuration: base.configuration, slots: slots, layers: blocks.count,
      rank: blocks.map(\.largestRank).max() ?? 0, product: blocks.map(\.largestProduct).max() ?? 0)
    lengths = Array(repeating: 0, count: slots)
    beginnings = SharedBeginnings(slots: slots)
  }

  func length(of slot: Int) -> Int { lengths[slot] }
  func reset(slot: Int) { lengths[slot] = 0 }

  /// Forgets what a slot held that was no number, before another sequence takes it.
  func clear(slot: Int) {
    caches[slot].clear()
    beginnings.forget(slot: slot)
  }

  /// Outside a region: gives a slot's sequence another adapter for the tokens that follow; nil for none. Keys and values that are there stay
  /// what they are, so this is for measurements.
  func change(adapter: Int?, ofSlot slot: Int) { adapters.change(adapter, ofSlot: slot) }

  /// Outside a region: keeps the states of a slot as they are now, so that it can go back to here; keys and values need it not.
  func mark(slot: Int) { caches[slot].mark(lengths[slot]) }

  /// Outside a region: forgets what came after the first positions of a slot; where there are states, as many as when they were marked, or
  /// none.
  func rewind(slot: Int, to length: Int) {
    if length < lengths[slot] { caches[slot].rewind(to: length) }
    lengths[slot] = min(lengths[slot], length)
    beginnings.forget(slot: slot)
  }

  /// Outside a region: gives a slot the sequence of another, as if it had the same prompt.
  func copy(slot source: Int, to slot: Int) {
    caches[slot].take(lengths[source], of: caches[source])
    lengths[slot] = lengths[source]
    adapters.copy(slot: source, to: slot)
    beginnings.forget(slot: slot)
  }

  /// Logits of the last prefill's or step's row, `[vocabulary]`.
  func logits(row: Int) -> UnsafeBufferPointer<Float> {
    let vocabulary = base.configuration.vocabularySize
    return UnsafeBufferPointer(start: room.logits.pointer + adapters.rowPlaces[row] * vocabulary, count: vocabulary)
  }

  func logitsRow(_ row: Int) -> [Float] { Array(logits(row: row)) }

  // MARK: Prompts

  /// How many of the prompts, at least one, go into one forward pass of 2048 tokens.
  func promptsThatFit(_ prompts: ArraySlice<(slot: Int, prompt: AdaptedPrompt)>, sharesRows: Bool = true) -> Int {
    var tokens = 0
    var count = 0
    for new in newTokens(of: prompts.map(\.prompt), sharesRows: sharesRows) {
      tokens += new
      if count > 0, tokens > Admission.tokensOfAPass { break }
      count += 1
    }
    return count
  }

  /// Computes the beginning that prompts share, before their slots are filled; where there is no room for its keys and values beside a pass,
  /// nothing is shared.
  ///
  /// - Parameter adapter: the prompts', by its place among those that differ.
  func share(_ tokens: [Int32], adapter: Int? = nil, _ team: WorkerTeam) {
    let needed = InferenceMemory.sum([
      InferenceMemory.caches(base.configuration, slots: 1, positions: tokens.count),
      InferenceMemory.forward(
        base.configuration, tokens: max(tokens.count, Admission.tokensOfAPass), headRows: slots, longest: maxLength,
        adapters: specifications),
    ])
    guard MemoryShortage.fits(needed) else { return }
    let cache = SlotCache(base.configuration, maxLength: tokens.count, initial: tokens.count)
    cache.reserve(tokens.count, used: 0)
    let prompt = Prompt(tokens: tokens)
    prefillRows.assign([prompt], held: [0], imageToken: nil)
    prefillPass.prepare([prompt], adapters: adapters.areOwn ? [adapter] : nil, everyRow: false)
    for layer in blocks.indices { room.caches[layer * slots] = cache.view(layer: layer) }
    let caches = PromptCaches(all: room.caches, stride: slots, rows: prefillRows, isAll: true)
    team.run { [prefillPass, arithmetic] w in _ = prefillPass.run(w.multiplying(in: arithmetic), caches: caches) }
    beginnings.keep(tokens, cache, adapter: adapter)
  }

  /// Tokens of each prompt that a prefill has to compute where the prompt before it is in the same pass.
  func newTokens(of prompts: [AdaptedPrompt], sharesRows: Bool = true) -> [Int] {
    let held = prompts.map { beginnings.beginning(of: $0)?.tokens.count ?? 0 }
    let sharable = prompts.map {
      SharedPrefix.beginning(of: $0.prompt, imageToken: base.configuration.vision?.imageToken)
    }
    return prompts.indices.map { index in
      var past = held[index]
      if sharesRows, index > 0, held[index - 1] == past, prompts[index - 1].adapter == prompts[index].adapter {
        past = max(past, SharedPrefix.common(sharable[index - 1], sharable[index]))
      }
      return prompts[index].tokens.count - past
    }
  }

  func beginPrefill(_ prompts: [(slot: Int, prompt: AdaptedPrompt)], sharesRows: Bool = true) {
    let prompts = adapters.arrange(prompts)
    prefillSlots = prompts.map(\.slot)
    receiving = []
    let own = prompts.map(\.prompt.adapter)
    let shared = prompts.map { beginnings.beginning(of: $0.prompt) }
    for (entry, beginning) in zip(prompts, shared) {
      let slot = entry.slot
      // A state has gone on, and is copied again.
      let isThere = beginnings.hold(beginning, slot: slot) && base.configuration.block.linearAttention == nil
      caches[slot].reserve(entry.prompt.tokens.count, used: isThere ? beginning?.tokens.count ?? 0 : 0)
      if let beginning, !isThere { receiving.append((slot, beginning)) }
    }
    for layer in blocks.indices {
      for (row, slot) in prefillSlots.enumerated() {
        room.caches[layer * slots + row] = caches[slot].view(layer: layer)
      }
    }
    let texts = prompts.map(\.prompt.prompt)
    prefillRows.assign(
      texts, adapters: own, held: shared.map { $0?.tokens.count ?? 0 },
      imageToken: base.configuration.vision?.imageToken, sharesRows: sharesRows)
    prefillPass.prepare(
      texts, pasts: prefillRows.pasts, adapters: adapters.areOwn ? own : nil, everyRow: false)
  }

  func endPrefill(_ prompts: [(slot: Int, prompt: AdaptedPrompt)]) {
    for entry in prompts { lengths[entry.slot] = entry.prompt.tokens.count }
  }

  /// In a region: fills the slots' caches, and one row of logits for each prompt.
  func prefill(_ w: Worker) {
    let w = w.multiplying(in: arithmetic)
    if !receiving.isEmpty {
      w.forEachShard(receiving.count * blocks.count) { shard in
        let (slot, beginning) = receiving[shard / blocks.count]
        caches[slot].copy(beginning.cache, layer: shard % blocks.count, count: beginning.tokens.count)
      }
      w.barrier()
    }
    let targets = PromptCaches(all: room.caches, stride: slots, rows: prefillRows, isAll: false)
    let stream = prefillPass.run(w, caches: targets)
    let vocabulary = base.configuration.vocabularySize
    prefillPass.forEachLogitsChunk(w, stream: stream) { start, logits in
      let target = Rows(room.logits.pointer + start * vocabulary, rows: logits.rows, columns: vocabulary)
      Elementwise.copy(w, from: logits, into: target)
    }
  }

  // MARK: Steps

  /// Takes over the tokens of a step, and their positions. The order given is the order of the rows of logits.
  func beginStep(_ tokens: [(slot: Int, token: Int32)]) {
    active = tokens.count
    let tokens = adapters.arrange(tokens)
    for (row, entry) in tokens.enumerated() {
      room.tokens[row] = entry.token
      room.positions[row] = Int32(lengths[entry.slot])
      lengths[entry.slot] += 1
      room.lengths[row] = Int32(lengths[entry.slot])
      let cache = caches[entry.slot]
      cache.reserve(lengths[entry.slot], used: lengths[entry.slot] - 1)
      for layer in blocks.indices { room.caches[layer * slots + row] = cache.view(layer: layer) }
    }
  }

  /// In a region: one step of what `beginStep` took over.
  func step(_ w: Worker) {
    let w = w.multiplying(in: arithmetic)
    let configuration = base.configuration
    let n = active
    let x = Rows(room.stream.pointer, rows: n, columns: configuration.hiddenSize)
    let normed = Rows(room.normed.pointer, rows: n, columns: configuration.hiddenSize)
    let inputs = Rows(room.gateUp.pointer, rows: n, columns: configuration.activationInputs)
    let wide = Rows(room.wide.pointer, rows: n, columns: configuration.intermediateSize)
    let u = Rows(room.u.pointer, rows: n, columns: room.rank)
    let isGated = activation.gate != nil
    InputEmbedding.forward(w, base: base, tokens: room.tokens, positions: room.positions, into: x)
    for (layer, block) in blocks.enumerated() {
      let mixed = Rows(room.heads.pointer, rows: n, columns: block.mixing.inputs)
      let attention = Rows(room.attention.pointer, rows: n, columns: block.mixing.outputs)
      block.queries.forward(
        w, x: x, norm: block.inputNorm, normed: normed, into: mixed, u: u, room: room.products,
        groups: adapters.groups, byRows: decodesByRows)
      mix(w, block, layer: layer, mixed, into: attention)
      add(w, block.output, norm: block.attentionOutputNorm, scale: block.residualScale, x: attention, to: x)
      block.gateUp.forward(
        w, x: x, norm: block.postAttentionNorm, normed: normed, into: inputs, activated: isGated ? wide : nil, u: u,
        room: room.products, groups: adapters.groups, byRows: decodesByRows)
      if !isGated { activation.forward(w, inputs: inputs, into: wide) }
      add(w, block.down, norm: block.feedForwardOutputNorm, scale: block.residualScale, x: wide, to: x)
    }
    let logits = Rows(room.logits.pointer, rows: n, columns: configuration.vocabularySize)
    if let head, let norm = finalNorm.streamed {
      head.forward(w, x: x, norm: norm, into: logits, byRows: decodesByRows)
    } else {
      finalNorm.forward(w, x: x, into: normed, statistics: nil)
      if let head {
        head.forward(w, x: normed, into: logits, byRows: decodesByRows)
      } else {
        MatMul.forward(w, x: normed, weight: base.output, into: logits)
      }
    }
    if let cap = configuration.logitSoftCap { SoftCap.apply(w, x: logits, cap: cap) }
  }

  /// Attention to the caches, or a short convolution over what they keep, of one new token of each row.
  private func mix(_ w: Worker, _ block: DecodeBlock, layer: Int, _ mixed: Rows, into attention: Rows) {
    let caches = UnsafePointer(room.caches + layer * slots)
    if let convolution = block.convolution {
      convolution.decode(w, inputs: mixed, caches: caches, lengths: room.lengths, into: attention)
      return
    }
    if let delta = block.delta {
      let own = Rows(room.mixing.pointer, rows: mixed.rows, columns: delta.shape.roomColumns)
      delta.decode(w, inputs: mixed, states: caches, lengths: room.lengths, room: own, into: attention)
      delta.finish(w, attention, inputs: mixed, into: attention)
      return
    }
    let configuration = base.configuration
    let heads = HeadRows(mixed, configuration)
    if block.gatesAttention {
      OutputGate.separate(w, mixed, heads: configuration.heads, headSize: configuration.headSize)
    }
    var table = block.rotary.map { rotary[$0] }
    if block.normalizesTurned, let turned = table {
      RoPE.apply(
        w, x: heads.turned, headSize: configuration.headSize, positions: room.positions, table: turned, inverse: false
      )
      table = nil
    }
    block.queryNorm?.forward(w, x: heads.q, into: heads.q, statistics: nil)
    block.keyNorm?.forward(w, x: heads.k, into: heads.k, statistics: nil)
    Attention.decode(
      w, q: heads.q,
      new: NewKeysAndValues(keys: heads.k, values: heads.v, table: table),
      caches: caches, lengths: room.lengths, into: attention, shape: block.attention)
    if block.gatesAttention {
      GatedActivation.forward(w, kind: .sigmoid, gate: heads.gates, up: attention, into: attention)
    }
  }

  /// Adds a layer's output to the residual stream, normalised or scaled first where the block has it so.
  private func add(_ w: Worker, _ linears: DecodeLinears, norm: PassNorm?, scale: Float, x: Rows, to stream: Rows) {
    let u = Rows(room.u.pointer, rows: x.rows, columns: room.rank)
    guard norm != nil || scale != 1 else {
      linears.forward(
        w, x: x, into: stream, accumulate: true, u: u, room: room.products, groups: adapters.groups,
        byRows: decodesByRows)
      return
    }
    let projected = Rows(room.projected.pointer, rows: x.rows, columns: stream.columns)
    linears.forward(
      w, x: x, into: projected, u: u, room: room.products, groups: adapters.groups, byRows: decodesByRows)
    norm?.forward(w, x: projected, into: projected, statistics: nil)
    if scale != 1 { Elementwise.scale(w, projected, scale) }
    Elementwise.add(w, into: stream, projected)
  }
}
