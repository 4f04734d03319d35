import Kernels
import Logging
import Messages
import RunStore

/// What all runners share.
struct RunEnvironment: Sendable {
  var bus: MessageBus
  var bases: BaseCache
  var folder: StoreFolder
  var options: EngineOptions
  /// Threads of all runs together.
  var threads: Int
  /// What the runs that compute have been promised of the memory.
  let memory = MemoryLedger()
}
