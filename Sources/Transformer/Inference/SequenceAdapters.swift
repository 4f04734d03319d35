import Kernels

/// A prompt, and which of a list of adapters its sequence has.
package struct AdaptedPrompt: Sendable, Equatable {
  package var prompt: Prompt
  /// Its place in the list; nil for none, or where all sequences have the same.
  package var adapter: Int?

  package init(_ prompt: Prompt, adapter: Int? = nil) {
    self.prompt = prompt
    self.adapter = adapter
  }

  var tokens: [Int32] { prompt.tokens }
}

/// Which adapters the sequences of a decoder have, and the order of the rows of a prefill or step in which neighbours have the same.
struct SequenceAdapters {
  /// Of each adapter in the list that prompts name theirs in its place among those that differ; nil where all sequences have the same.
  private let places: [Int]?
  /// Of each slot's sequence; nil for none, or where all have the same.
  private var bySlot: [Int?]
  /// Rows of the step under way; nil where all have the same adapter.
  private(set) var groups: [AdapterRows]?
  /// Rows of logits, in the order in which they were asked for.
  private(set) var rowPlaces: [Int] = []

  /// - Parameter places: as `once` gives them; nil where all sequences have the same adapter.
  init(places: [Int]?, slots: Int) {
    self.places = places
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
  mutating func change(_ adapter: Int?, ofSlot slot: Int) { bySlot[slot] = adapter.flatMap { places?[$0] } }

  mutating func copy(slot source: Int, to slot: Int) { bySlot[slot] = bySlot[source] }

  /// Prompts in the order of their rows, whose slots have their adapters from now on.
  mutating func arrange(_ prompts: [(slot: Int, prompt: AdaptedPrompt)]) -> [(slot: Int, prompt: AdaptedPrompt)] {
    for entry in prompts { bySlot[entry.slot] = entry.prompt.adapter }
    guard areOwn else {
      keepOrder(prompts.count)
      return prompts
    }
    return order(prompts.map(\.prompt.adapter)).map { prompts[$0] }
  }

  /// The tokens of a step in the order of their rows.
  mutating func arrange(_ tokens: [(slot: Int, token: Int32)]) -> [(slot: Int, token: Int32)] {
    guard areOwn else {
      keepOrder(tokens.count)
      return tokens
    }
    let adapters = tokens.map { bySlot[$0.slot] }
    let order = order(adapters)
    groups = [AdapterRows](order.map { adapters[$0] }, starts: (0...Int32(tokens.count)).map { $0 })
    return order.map { tokens[$0] }
  }

  private mutating func keepOrder(_ count: Int) {
    if rowPlaces.count < count { rowPlaces = Array(0..<count) }
  }

  /// Entries by their adapters, those without one first; notes where each one's row of logits will be.
  private mutating func order(_ adapters: [Int?]) -> [Int] {
    let order = adapters.indices.sorted {
      let (one, other) = (adapters[$0] ?? -1, adapters[$1] ?? -1)
      return one != other ? one < other : $0 < $1
    }
    rowPlaces = order
    for (place, index) in order.enumerated() { rowPlaces[index] = place }
    return order
  }
}
