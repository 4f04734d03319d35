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

  /// Threads of one run while `jobs` of them train at once.
  var threadsPerRun: Int { max(1, threads / max(1, options.jobs)) }
}
