import Builtin
import Foundation
import Kernels
import Recipe
import RunStore
import Training
import Transformer

/// The line and the status that any error of the rooms below comes to.
package enum Failure {
  package static func line(_ error: any Error) -> String {
    "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// What was missing, or could not be written, may be there the next time; what is wrong in the data or diverged stays so.
  static func mayPass(_ exitStatus: Int32) -> Bool { [66, 69, 73, 74].contains(exitStatus) }

  package static func exitStatus(_ error: any Error) -> Int32 {
    (error as? any ExitStatusError)?.exitStatus ?? 70
  }
}

extension InstructionSetError: ExitStatusError {}

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
