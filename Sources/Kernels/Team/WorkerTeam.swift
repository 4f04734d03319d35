import Dispatch
import Synchronization

/// A team of threads that walks through long regions of kernels together.
///
/// `threads − 1` serial dispatch queues each hold one long block, and the caller of ``run(_:)`` is worker 0. Inside a
/// region every worker walks the same sequence of operations and they meet at spin barriers, which cost a fraction of
/// a microsecond, where waking a thread costs tens. Between regions the workers spin for a moment, since a decoder
/// opens one region per token, and then sleep.
public final class WorkerTeam: Sendable {
  /// How many workers walk each region, the caller included.
  public let threads: Int
  private let shared: TeamState
  private let regionLock = Mutex<Void>(())

  /// - Parameter threads: workers, the caller included; less than one counts as one.
  public init(threads: Int) {
    self.threads = max(1, threads)
    shared = TeamState(count: self.threads)
    for index in 1..<max(2, self.threads) where index < self.threads {
      let shared = shared
      DispatchQueue(label: "lorascope.worker.\(index)", qos: .userInitiated).async { shared.serve(index) }
    }
  }

  deinit { shared.stop() }

  /// Bytes that the operations so far needed beside their operands: packed panels, rounded rows, tiles. Not while a region is open.
  public var scratchBytes: Int { regionLock.withLock { _ in shared.scratchBytes } }

  /// Opens one region: every worker runs `body` with its own ``Worker``, and the call returns when all have returned.
  ///
  /// One region at a time: a second caller waits. A body must not open another region of the same team.
  public func run(_ body: @Sendable (Worker) -> Void) {
    regionLock.withLock { _ in
      withoutActuallyEscaping(body) { shared.runRegion($0) }
    }
  }
}

/// One worker's view of an open region. Every worker of the region calls the same operations in the same order.
public struct Worker: Sendable {
  /// 0 is the thread that opened the region.
  public let index: Int
  let team: TeamState
  /// How this worker multiplies.
  public private(set) var arithmetic = ProductArithmetic.float32

  init(index: Int, team: TeamState) {
    self.index = index
    self.team = team
  }

  /// The same worker, multiplying in another way. All workers of a product must do it alike.
  public func multiplying(in arithmetic: ProductArithmetic) -> Worker {
    var worker = self
    worker.arithmetic = arithmetic
    return worker
  }

  /// Workers in the region.
  public var count: Int { team.count }

  /// Returns when every worker of the region has arrived; what they wrote before is visible after.
  public func barrier() { team.barrier() }

  /// Deals the shards `0..<count` statically: this worker runs `index`, `index + workers`, … No barrier at the end.
  ///
  /// The number of shards must follow from the problem's shape alone, so that results have the same bits at any
  /// number of workers.
  @inline(__always)
  public func forEachShard(_ count: Int, _ body: (Int) -> Void) {
    var shard = index
    let step = self.count
    while shard < count {
      body(shard)
      shard += step
    }
  }

  /// Deals the shards `0..<count` to whoever is free, so that a worker that was descheduled holds up no more than one
  /// shard. Ends with a barrier; no other shared loop may lie between this call and the barrier before it.
  @inline(__always)
  package func claimShards(_ count: Int, _ body: (Int) -> Void) {
    if self.count == 1 {
      for shard in 0..<max(0, count) { body(shard) }
      return
    }
    var shard = team.claim()
    while shard < count {
      body(shard)
      shard = team.claim()
    }
    barrier()
  }

  /// Deals the shards `0..<count` so that each worker walks a contiguous stretch of them upwards, as memory is best read, and
  /// helps the others with theirs when it is done. Ends with a barrier; once between two barriers.
  @inline(__always)
  package func streamShards(_ count: Int, _ body: (Int) -> Void) {
    for offset in 0..<self.count {
      let stretch = (index + offset) % self.count
      let first = stretch * count / self.count
      let size = (stretch + 1) * count / self.count - first
      var shard = team.claim(stretch: stretch)
      while shard < size {
        body(first + shard)
        shard = team.claim(stretch: stretch)
      }
    }
    barrier()
  }

  /// Half a barrier: says that this worker's share of something is done, without waiting for the others'. Each worker once
  /// between two barriers.
  package func signal() { team.signal() }

  /// The other half: returns when every worker has signalled; what they wrote before is visible after.
  package func awaitSignals() { team.awaitSignals() }

  /// This worker's own memory, aligned to 64 bytes; valid until this worker's next call.
  public func scratch(floats: Int) -> UnsafeMutablePointer<Float> { team.scratch(index, floats: floats) }

  /// Memory that all workers of the region share, aligned to 64 bytes. Every worker must ask for the same size at the
  /// same place of the sequence, behind a barrier; valid until the next such place.
  package func sharedScratch(floats: Int) -> UnsafeMutablePointer<Float> { team.sharedScratch(floats: floats) }
}
