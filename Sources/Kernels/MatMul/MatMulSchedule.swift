import MicrokernelTable

/// How workers share several products: all panels are packed first, then stage after stage is multiplied, with a barrier after
/// each.
///
/// So a group of layers with adapters takes three barriers, and their shards together are so many that those who are done
/// first wait for a moment only.
struct MatMulSchedule {
  private struct Entry {
    let core: any ProductCore
    /// Where its panels begin in the shared memory.
    let place: Int
  }

  private let stages: [[Entry]]
  private let operands: SharedOperands
  /// Of all products together.
  private let packedFloats: Int

  private init(_ products: [[MatMulProduct]]) {
    let m = Microkernel.table
    var floats = 0
    var operands = SharedOperands(m)
    let all = Array(products.joined())
    stages = products.map { stage in
      stage.filter { $0.c.rows > 0 && $0.c.columns > 0 }.map { product in
        let core = Self.core(m, product, beside: all, &operands)
        defer { floats += core.packedFloats }
        return Entry(core: core, place: floats)
      }
    }
    self.operands = operands
    packedFloats = floats
  }

  private static func core(
    _ m: MicrokernelTable, _ product: MatMulProduct, beside others: [MatMulProduct], _ operands: inout SharedOperands
  ) -> any ProductCore {
    if let core = FewRowsAdapter(m, product, beside: others, &operands) { return core }
    if let core = FewRowsProduct(m, product, &operands) { return core }
    return MatMulCore(m, product, &operands)
  }

  static func run(_ w: Worker, _ products: [[MatMulProduct]]) {
    let m = Microkernel.table
    let arithmetic = w.arithmetic.value
    let products = arithmetic.element == .float32 ? products : products.map { $0.map { $0.multiplied(in: arithmetic) } }
    let schedule = MatMulSchedule(products)
    if schedule.packedFloats <= MatMulPlan.chunkFloats {
      schedule.run(w, m)
    } else {
      // What is too large to be packed at once is packed in chunks, one product after the other.
      for product in products.joined() where product.c.rows > 0 && product.c.columns > 0 {
        if FewRowsProduct.takes(product) {
          MatMulSchedule([[product]]).run(w, m)
        } else {
          MatMulCore.runInChunks(w, product)
        }
      }
    }
  }

  private func run(_ w: Worker, _ m: MicrokernelTable) {
    let packed = w.sharedScratch(floats: packedFloats + operands.floats)
    let shared = packed + packedFloats
    let scratch = w.scratch(floats: stages.reduce(0) { $1.reduce($0) { max($0, $1.core.scratchFloats) } })
    let packing = stages.reduce(0) { $1.reduce($0) { $0 + $1.core.packingShards } }
    if packing + operands.shards > 0 {
      w.claimShards(packing + operands.shards) { shard in
        if shard >= packing { return operands.prepare(shard - packing, into: shared) }
        var shard = shard
        for stage in stages {
          for entry in stage {
            if shard < entry.core.packingShards { return entry.core.pack(shard, into: packed + entry.place) }
            shard -= entry.core.packingShards
          }
        }
      }
    }
    for stage in stages {
      w.claimShards(stage.reduce(0) { $0 + $1.core.shards }) { shard in
        var shard = shard
        for entry in stage {
          if shard < entry.core.shards {
            return entry.core.multiply(shard, from: packed + entry.place, shared, scratch, workers: w.count)
          }
          shard -= entry.core.shards
        }
      }
    }
  }
}

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
