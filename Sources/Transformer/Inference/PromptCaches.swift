import Kernels

/// The caches of the prompts of a forward pass. They receive the prompts' keys and values layer by layer, before its queries attend to
/// them, and hold those of the tokens before them that an earlier pass computed.
///
/// `@unchecked Sendable`: only pointers; shards of sequences write what is theirs.
struct PromptCaches: @unchecked Sendable {
  /// `[layers, stride]`, the first of each layer those of the prompts in their order.
  let all: UnsafePointer<KVView>
  let stride: Int
  /// Keys and values are all that is wanted of the pass.
  let isAll: Bool

  func views(_ layer: Int) -> UnsafePointer<KVView> { all + layer * stride }

  /// Puts the keys and values of a batch's rows where they belong. Ends with a barrier.
  func store(_ w: Worker, _ heads: HeadRows, layer: Int, batch: PackedBatch) {
    let (keys, values) = (heads.k, heads.v)
    let caches = views(layer)
    w.forEachShard(batch.sequences) { sequence in
      let first = Int(batch.sequenceStarts[sequence])
      let past = Int(batch.pasts[sequence])
      let cache = caches[sequence]
      for row in first..<Int(batch.sequenceStarts[sequence + 1]) {
        let place = (past + row - first) * cache.stride
        (cache.keys + place).update(from: keys.row(row), count: keys.columns)
        (cache.values + place).update(from: values.row(row), count: values.columns)
      }
    }
    w.barrier()
  }
}
