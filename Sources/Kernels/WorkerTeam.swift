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
