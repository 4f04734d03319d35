import Foundation
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

  /// A run that has its results needs none.
  func removeCheckpoints(of id: RunID) {
    for file in [folder.previousCheckpoint(id), folder.checkpoint(id)] { unlink(file.path) }
  }
}

/// `ulimit -f`: what hits it does not get better by waiting.
enum FileSizeLimit {
  static var isSet: Bool {
    var limit = rlimit()
    #if canImport(Glibc)
      let file = __rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue))
    #else
      let file = RLIMIT_FSIZE
    #endif
    return getrlimit(file, &limit) == 0 && limit.rlim_cur != rlim_t.max
  }
}
