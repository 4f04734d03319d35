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
}
