import CPUFeatures
import Dispatch
import Synchronization
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// What the workers of one ``WorkerTeam`` share: the open region, the barrier, and each worker's scratch memory.
///
/// `@unchecked Sendable`: `body` is written by the region's opener before the sequentially consistent store to
/// `generation` that the workers read it behind, and cleared only after all of them reported `finished`; each scratch
/// block is touched by its own worker only; `reductionSlots` are written by one worker each, between barriers.
package final class TeamState: @unchecked Sendable {
  /// Spins before a waiting worker offers its core to others: some tens of microseconds.
  private static let spinLimit = 2000
  /// How long an idle worker yields before it sleeps; about as long as what lies between two decoded tokens.
  private static let idleYields = 64
  /// How long a worker at a barrier yields before it sleeps: a few hundred microseconds.
  private static let barrierYields = 500
  package static let reductionSlotCount = 256

  let count: Int
  private let generation = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let arrived = Atomic<Int>(0)
  /// How many barriers all workers have passed; a place in memory, since who waits for long sleeps on it.
  private let barrierGeneration: UnsafeMutablePointer<Atomic<UInt32>>
  private let sleepers = Atomic<Int>(0)
  private let claimed = Atomic<Int>(0)
  private let signalled = Atomic<Int>(0)
  /// One for each worker's stretch of a streamed loop, each in a cache line of its own.
  private let stretchClaims: UnsafeMutablePointer<Atomic<Int>>
  private static let counterStride = 16
  private let parked: [ParkingSpot]
  private let scratchBlocks: [ScratchBlock]
  private let sharedBlock = Mutex(ScratchBlock())
  private var body: (@Sendable (Worker) -> Void)?
  package let reductionSlots: UnsafeMutablePointer<Double>

  init(count: Int) {
    self.count = count
    parked = (0..<count).map { _ in ParkingSpot() }
    scratchBlocks = (0..<count).map { _ in ScratchBlock() }
    barrierGeneration = .allocate(capacity: 1)
    barrierGeneration.initialize(to: Atomic(0))
    stretchClaims = .allocate(capacity: count * Self.counterStride)
    for index in 0..<count * Self.counterStride { (stretchClaims + index).initialize(to: Atomic(0)) }
    reductionSlots = .allocate(capacity: Self.reductionSlotCount)
    reductionSlots.initialize(repeating: 0, count: Self.reductionSlotCount)
  }

  deinit {
    barrierGeneration.deinitialize(count: 1)
    barrierGeneration.deallocate()
    stretchClaims.deinitialize(count: count * Self.counterStride)
    stretchClaims.deallocate()
    reductionSlots.deallocate()
  }

  func runRegion(_ body: @escaping @Sendable (Worker) -> Void) {
    resetCounters()
    if count > 1 {
      self.body = body
      finished.store(0, ordering: .relaxed)
      generation.add(1, ordering: .sequentiallyConsistent)
      for spot in parked.dropFirst() { spot.wake() }
    }
    body(Worker(index: 0, team: self))
    if count > 1 {
      Self.wait { finished.load(ordering: .acquiring) == count - 1 }
      self.body = nil
    }
  }

  /// The long block of one worker: region after region, until the team is released.
  func serve(_ index: Int) {
    var seen = 0
    let worker = Worker(index: index, team: self)
    while true {
      waitForRegion(after: seen, spot: parked[index])
      if stopping.load(ordering: .acquiring) { return }
      seen = generation.load(ordering: .acquiring)
      body?(worker)
      finished.add(1, ordering: .acquiringAndReleasing)
    }
  }

  func stop() {
    stopping.store(true, ordering: .releasing)
    generation.add(1, ordering: .sequentiallyConsistent)
    for spot in parked.dropFirst() { spot.wake() }
  }

  private func resetCounters() {
    claimed.store(0, ordering: .relaxed)
    signalled.store(0, ordering: .relaxed)
    for index in 0..<count { stretchClaims[index * Self.counterStride].store(0, ordering: .relaxed) }
  }

  /// All workers meet here; the last one to arrive also puts the counters back.
  func barrier() {
    if count == 1 { return resetCounters() }
    let current = barrierGeneration.pointee.load(ordering: .acquiring)
    if arrived.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      resetCounters()
      barrierGeneration.pointee.store(current &+ 1, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 { lorascope_wake_all(barrierGeneration) }
    } else {
      awaitBarrier(after: current)
    }
  }

  /// Spins, since the others are mostly there within microseconds; then yields; then sleeps. By then another program has the core of
  /// a worker that is missing, which the system moves to this core only if nobody seems to use that.
  private func awaitBarrier(after current: UInt32) {
    var spins = 0
    while barrierGeneration.pointee.load(ordering: .acquiring) == current {
      spins += 1
      if spins < Self.spinLimit {
        lorascope_relax()
      } else if spins < Self.spinLimit + Self.barrierYields {
        Self.yieldThread()
      } else {
        sleepers.add(1, ordering: .sequentiallyConsistent)
        // Does not sleep if the barrier is passed already: whoever passes it sees the sleeper, or is seen here.
        lorascope_sleep_while(barrierGeneration, current)
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
      }
    }
  }

  /// The next shard that nobody has taken since the last barrier.
  func claim() -> Int { claimed.wrappingAdd(1, ordering: .relaxed).oldValue }

  /// Memory of all workers, for what one operation prepares together; its end is at the operation's last barrier. The
  /// first to ask lets it grow: nobody uses the old memory any more, since the operation before ended with a barrier.
  func sharedScratch(floats: Int) -> UnsafeMutablePointer<Float> {
    sharedBlock.withLock { $0.reserve(floats) }
  }

  /// The next shard of one worker's stretch that nobody has taken since the last barrier.
  func claim(stretch: Int) -> Int {
    stretchClaims[stretch * Self.counterStride].wrappingAdd(1, ordering: .relaxed).oldValue
  }

  func signal() { signalled.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  func awaitSignals() { Self.wait { signalled.load(ordering: .acquiring) == count } }

  /// Of all scratch memory, as far as it has grown. Between regions.
  var scratchBytes: Int {
    scratchBlocks.reduce(sharedBlock.withLock { $0.byteCount }) { $0 + $1.byteCount }
  }

  func scratch(_ index: Int, floats: Int) -> UnsafeMutablePointer<Float> {
    scratchBlocks[index].reserve(floats)
  }

  @inline(__always)
  private static func wait(until done: () -> Bool) {
    var spins = 0
    while !done() {
      spins += 1
      if spins < spinLimit { lorascope_relax() } else { yieldThread() }
    }
  }

  private func waitForRegion(after seen: Int, spot: ParkingSpot) {
    var spins = 0
    while generation.load(ordering: .acquiring) == seen {
      spins += 1
      if spins < Self.spinLimit {
        lorascope_relax()
      } else if spins < Self.spinLimit + Self.idleYields {
        Self.yieldThread()
      } else {
        spot.sleep { generation.load(ordering: .sequentiallyConsistent) == seen }
      }
    }
  }

  private static func yieldThread() { _ = sched_yield() }
}

/// Where one idle worker sleeps, without a lost wake-up: whoever takes the `parked` flag down owns the signal.
final class ParkingSpot: Sendable {
  private let parked = Atomic<Bool>(false)
  private let semaphore = DispatchSemaphore(value: 0)

  /// Sleeps until ``wake()``, unless `stillIdle` turns out false after the flag went up.
  func sleep(while stillIdle: () -> Bool) {
    parked.store(true, ordering: .sequentiallyConsistent)
    if stillIdle() {
      semaphore.wait()
    } else if !parked.exchange(false, ordering: .sequentiallyConsistent) {
      // The waker saw the flag and has signalled, or is about to: take that signal.
      semaphore.wait()
    }
  }

  func wake() {
    if parked.exchange(false, ordering: .sequentiallyConsistent) { semaphore.signal() }
  }
}

/// One worker's growing scratch memory.
///
/// `@unchecked Sendable`: only the worker that it belongs to grows it, and its size is read by others between regions only; the one that a team
/// shares is behind its lock.
final class ScratchBlock: @unchecked Sendable {
  private var buffer: UnsafeMutableRawPointer?
  private var capacity = 0

  var byteCount: Int { capacity * MemoryLayout<Float>.stride }

  func reserve(_ floats: Int) -> UnsafeMutablePointer<Float> {
    if let buffer, floats <= capacity { return buffer.assumingMemoryBound(to: Float.self) }
    buffer?.deallocate()
    let grown = max(floats, 2 * capacity, 4096)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown * MemoryLayout<Float>.stride, alignment: 64)
    let floats = fresh.initializeMemory(as: Float.self, repeating: 0, count: grown)
    buffer = fresh
    capacity = grown
    return floats
  }

  deinit { buffer?.deallocate() }
}
