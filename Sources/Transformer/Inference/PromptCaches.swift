import Kernels

/// Which rows of a forward pass hold the keys and values of which positions of its prompts: where two prompts begin alike, the rows of one
/// serve both.
///
/// `@unchecked Sendable`: written outside regions.
final class PromptRows: @unchecked Sendable {
  /// Tokens of each prompt before its own rows.
  private(set) var pasts: [Int] = []
  /// `[prompts + 1]` where each one's own rows begin, as in the batch that they are packed into.
  private(set) var firstRows: [Int] = []
  /// `[prompts]` positions of each that its cache holds already.
  fileprivate let held = Int32Buffer()
  /// `[prompts + 1]` where each one's begin in `rows`, and the batch's row of every position from `held` on.
  fileprivate let starts = Int32Buffer()
  fileprivate let rows = Int32Buffer()

  /// The row of a position that is not held, perhaps another prompt's.
  func row(of prompt: Int, position: Int) -> Int { Int(rows[Int(starts[prompt]) + position - Int(held[prompt])]) }

  /// Takes over the prompts of a pass.
  ///
  /// - Parameters:
  ///   - adapters: of each; prompts with different ones share nothing.
  ///   - held: positions of each that its cache holds already, fewer than it has tokens.
  ///   - imageToken: what images take the place of.
  ///   - sharesRows: false gives each prompt rows of its own.
  ///   - mostShared: tokens of each, from its first on, that may share rows: the same token has others where an adapter has ended; nil
  ///     for all but the last.
  func assign(
    _ prompts: [Prompt], adapters: [Int?]? = nil, held: [Int], imageToken: Int32?, sharesRows: Bool = true,
    mostShared: [Int]? = nil
  ) {
    let adapters = adapters ?? Array(repeating: nil, count: prompts.count)
    let beginnings = prompts.indices.map { index in
      SharedPrefix.beginning(of: prompts[index], imageToken: imageToken).prefix(mostShared?[index] ?? .max)
    }
    // In this order a prompt has most in common with the one before it.
    let order = prompts.indices.sorted {
      let (one, other) = (adapters[$0] ?? -1, adapters[$1] ?? -1)
      return one != other ? one < other : beginnings[$0].lexicographicallyPrecedes(beginnings[$1])
    }
    pasts = held
    var donors: [Int?] = Array(repeating: nil, count: prompts.count)
    for (donor, index) in zip(order, order.dropFirst())
    where sharesRows && held[donor] == held[index] && adapters[donor] == adapters[index] {
      let common = SharedPrefix.common(beginnings[donor], beginnings[index])
      if common > held[index] { (pasts[index], donors[index]) = (common, donor) }
    }
    let firsts = PackedBatch.starts(of: prompts, pasts: pasts)
    var places = zip(firsts, firsts.dropFirst()).map { Array($0..<$1) }
    for index in order {
      guard let donor = donors[index] else { continue }
      places[index] = places[donor].prefix(pasts[index] - held[index]) + places[index]
    }
    self.held.assign(held.map { Int32($0) })
    firstRows = firsts.map { Int($0) }
    starts.assign(places.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) })
    rows.assign(places.flatMap { $0 })
  }
}

/// The caches of the prompts of a forward pass. They receive the prompts' keys and values layer by layer, before its queries attend to
/// them, and hold those of the tokens before them that an earlier pass computed.
///
/// `@unchecked Sendable`: only pointers; shards of sequences write what is theirs.
struct PromptCaches: @unchecked Sendable {
  /// `[layers, stride]`, the first of each layer those of the prompts in their order. With a stride of 0 all layers use the same, one after the
  /// other.
  let all: UnsafePointer<KVView>
  let stride: Int
  let rows: PromptRows
  /// Keys and values are all that is wanted of the pass.
  let isAll: Bool
  /// Views of layers with linear attention are of states, which receive those of the prompts and hold those of earlier tokens; without them all
  /// begin at nothing.
  var keepsStates = true

  func views(_ layer: Int) -> UnsafePointer<KVView> { all + layer * stride }

  /// Linear attention of a batch's rows, from the states that there are. Ends with a barrier.
  func forward(_ w: Worker, _ delta: GatedDelta, inputs: Rows, batch: PackedBatch, layer: Int, room: Rows, into o: Rows)
  {
    let shared = SharedRows(
      firsts: batch.sequenceStarts.pointer, pasts: batch.pasts.pointer, held: rows.held.pointer,
      starts: rows.starts.pointer, rows: rows.rows.pointer)
    delta.forward(
      w, inputs: inputs, rows: shared, sequences: batch.sequences, states: keepsStates ? views(layer) : nil, room: room,
      into: o)
  }

  /// Puts the keys and values of a batch's rows where they belong. Ends with a barrier.
  func store(_ w: Worker, _ heads: HeadRows, headSize: Int, layer: Int) {
    let (keys, values) = (heads.k, heads.v)
    let caches = views(layer)
    w.forEachShard(rows.pasts.count) { sequence in
      let cache = caches[sequence]
      let start = Int(rows.starts[sequence])
      for index in start..<Int(rows.starts[sequence + 1]) {
        let row = Int(rows.rows[index])
        cache.store(
          keys: keys.row(row), values: values.row(row), position: Int(rows.held[sequence]) + index - start,
          kvHeads: keys.columns / headSize, headSize: headSize)
      }
    }
    w.barrier()
  }

  /// The same of the products that a short convolution looks back at.
  func store(_ w: Worker, _ inputs: Rows, of convolution: ShortConvolution, layer: Int) {
    let caches = views(layer)
    w.forEachShard(rows.pasts.count) { sequence in
      let start = Int(rows.starts[sequence])
      for index in start..<Int(rows.starts[sequence + 1]) {
        convolution.keep(
          inputs, row: Int(rows.rows[index]), in: caches[sequence], at: Int(rows.held[sequence]) + index - start)
      }
    }
    w.barrier()
  }
}
