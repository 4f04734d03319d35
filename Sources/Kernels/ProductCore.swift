/// One product's loop nest, as ``MatMulSchedule`` runs it: what is packed first, by all workers into shared memory, and then shards.
protocol ProductCore: AnyObject {
  /// Room of its own in the shared memory.
  var packedFloats: Int { get }
  var packingShards: Int { get }
  /// - Parameter packed: room for `packedFloats`.
  func pack(_ shard: Int, into packed: UnsafeMutablePointer<Float>)
  /// A worker's own room.
  var scratchFloats: Int { get }
  var shards: Int { get }
  /// - Parameters:
  ///   - packed: as ``pack(_:into:)`` left it
  ///   - shared: the room of what several products share, ``SharedOperands``
  ///   - scratch: room for `scratchFloats`
  ///   - workers: how many share the shards
  func multiply(
    _ shard: Int, from packed: UnsafeMutablePointer<Float>, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>, workers: Int)
}

/// Of a product that packs nothing of its own.
extension ProductCore {
  var packedFloats: Int { 0 }
  var packingShards: Int { 0 }
  func pack(_ shard: Int, into packed: UnsafeMutablePointer<Float>) {}
}
