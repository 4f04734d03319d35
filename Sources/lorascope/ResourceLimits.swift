import Foundation

/// Limits of the shell below which nothing here works: told at the start and in words, instead of where they happen to strike.
enum ResourceLimits {
  /// The store with its journal and lock, the log, the streams, a model's files, and what the system's libraries hold.
  private static let leastFiles = 24
  /// The program itself, its libraries and the stacks of its threads.
  private static let leastAddressSpace = 512 << 20

  static func check() throws {
    #if os(Linux)
      var limit = rlimit()
      if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < leastFiles {
        throw CommandError(
          "only \(limit.rlim_cur) files may be open at once here, and \(leastFiles) are needed: raise the limit (ulimit -n)",
          status: 69)
      }
      if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < leastAddressSpace {
        throw CommandError(
          "only \(limit.rlim_cur >> 20) MiB of address space are allowed here, and \(leastAddressSpace >> 20) are needed: raise the limit "
            + "(ulimit -v)", status: 69)
      }
    #endif
  }
}
