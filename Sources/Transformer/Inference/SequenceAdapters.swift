import Kernels

/// A prompt, and which of a list of adapters its sequence has.
package struct AdaptedPrompt: Sendable, Equatable {
  package var prompt: Prompt
  /// Its place in the list; nil for none, or where all sequences have the same.
  package var adapter: Int?
  /// Whose random numbers are drawn where tokens are sampled; nil for those of its place among the prompts.
  package var stream: Int?

  package init(_ prompt: Prompt, adapter: Int? = nil, stream: Int? = nil) {
    self.prompt = prompt
    self.adapter = adapter
    self.stream = stream
  }

  var tokens: [Int32] { prompt.tokens }
}

/// Which adapters the sequences of a decoder have, and the order of the rows of a prefill or step in which neighbours have the same.
struct SequenceAdapters {
  /// Of each adapter in the list that prompts name theirs in its place among those that differ; nil where all sequences have the same.
  private let places: [Int]?
  /// Of each of those that differ where it stands in the order of rows.
  private let ranks: [Int]
  /// Of those that differ, whether each acts on prompts alone.
  private let isPromptOnly: [Bool]
  /// Of each slot's sequence, for its steps; nil for none, or where all have the same.
  private var bySlot: [Int?]
  /// Rows of the step under way; nil where all have the same adapter.
  private(set) var groups: [AdapterRows]?
  /// Rows of logits, in the order in which they were asked for.
  private(set) var rowPlaces: [Int] = []

  /// - Parameters:
  ///   - own: as `once` gives them; nil where all sequences have the same adapter.
  ///   - slots: sequences at most.
  init(_ own: (adapters: [LoRAAdapter], places: [Int])?, slots: Int) {
    places = own?.places
    isPromptOnly = own?.adapters.map(\.specification.promptOnly) ?? []
    let hasDoRA = own?.adapters.map(\.specification.useDoRA) ?? []
    let order = hasDoRA.indices.sorted { hasDoRA[$0] == hasDoRA[$1] ? $0 < $1 : hasDoRA[$1] }
    ranks = order.enumerated().reduce(into: hasDoRA.map { _ in 0 }) { $0[$1.element] = $1.offset }
    bySlot = Array(repeating: nil, count: slots)
  }

  /// Adapters each once, and of each in the list its place among them.
  static func once(_ adapters: [LoRAAdapter]) -> (adapters: [LoRAAdapter], places: [Int]) {
    var different: [LoRAAdapter] = []
    let places = adapters.map { adapter in
      if let place = different.firstIndex(where: { $0 === adapter }) { return place }
      different.append(adapter)
      return different.count - 1
    }
    return (different, places)
  }

  /// Whether sequences have adapters of their own.
  var areOwn: Bool { places != nil }

  /// The same prompt, whose adapter is given by its place among those that differ.
  ///
  /// - Parameter index: the prompt's, for the refusal.
  func placed(_ prompt: AdaptedPrompt, index: Int) throws(DecoderError) -> AdaptedPrompt {
    var prompt = prompt
    guard let adapter = prompt.adapter else { return prompt }
    guard let places, places.indices.contains(adapter) else {
      throw .adapter(adapter, index: index, adapters: places?.count ?? 0)
    }
    prompt.adapter = places[adapter]
    return prompt
  }

  /// - Parameter adapter: its place in the list; nil for none.
  mutating func change(_ adapter: Int?, ofSlot slot: Int) { bySlot[slot] = stepping(adapter.flatMap { places?[$0] }) }

  /// What a sequence's further tokens have, of an adapter by its place among those that differ.
  private func stepping(_ adapter: Int?) -> Int? { adapter.flatMap { isPromptOnly[$0] ? nil : $0 } }

  mutating func copy(slot source: Int, to slot: Int) { bySlot[slot] = bySlot[source] }

  /// Prompts in the order of their rows, whose slots have their adapters from now on.
  mutating func arrange(_ prompts: [(slot: Int, prompt: AdaptedPrompt)]) -> [(slot: Int, prompt: AdaptedPrompt)] {
    for entry in prompts { bySlot[entry.slot] = stepping(entry.prompt.adapter) }
    guard areOwn else {
      keepOrder(prompts.count)
      return prompts
    }
    let order = order(prompts.count) { prompts[$0].prompt.adapter }
    notePlaces(order)
    return order.map { prompts[$0] }
  }

  /// The tokens of a step in the order of their rows.
  mutating func arrange(_ tokens: [(slot: Int, token: Int32)]) -> [(slot: Int, token: Int32)] {
    guard areOwn else {
      keepOrder(tokens.count)
      return tokens
    }
    let order = order(tokens.count) { bySlot[tokens[$0].slot] }
    notePlaces(order)
    let arranged = order.map { tokens[$0] }
    groups = [AdapterRows](arranged.map { bySlot[$0.slot] }, starts: (0...Int32(tokens.count)).map { $0 })
    return arranged
  }

  private mutating func keepOrder(_ count: Int) {
    if rowPlaces.count < count { rowPlaces = Array(0..<count) }
  }

  /// So many entries by their adapters: those without one first, and those with DoRA last. Where weights are streamed, rows with DoRA are
  /// multiplied by themselves (`DecodeLinears`): side by side they have each weight read once more, and not once for each stretch of them.
  private func order(_ count: Int, _ adapter: (_ index: Int) -> Int?) -> [Int] {
    (0..<count).sorted {
      let (one, other) = (adapter($0).map { ranks[$0] } ?? -1, adapter($1).map { ranks[$0] } ?? -1)
      return one != other ? one < other : $0 < $1
    }
  }

  /// Where each entry's row of logits will be.
  private mutating func notePlaces(_ order: [Int]) {
    rowPlaces = order
    for (place, index) in order.enumerated() { rowPlaces[index] = place }
  }
}
