#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory this process may still take, and what keeps it from taking more: the machine, a control group (a
/// container, a batch job), or a limit of the shell.
///
/// Read anew each time it is asked, in a tenth of a millisecond: other programs come and go.
public struct MemoryLimit: Sendable, Equatable {
  public enum Source: Sendable, Equatable {
    case machine
    case controlGroup
    /// `ulimit -v`
    case addressSpace
    /// `ulimit -d`
    case dataSegment

    /// In a sentence that names a number of bytes before it.
    public var words: String {
      switch self {
      case .machine: "of this machine's memory"
      case .controlGroup: "of the memory that the control group (container or job) has"
      case .addressSpace: "of the address space that ulimit -v allows"
      case .dataSegment: "of the memory that ulimit -d allows"
      }
    }
  }

  public let source: Source
  /// Bytes in all.
  public let total: Int
  /// Bytes that are not in use; what the system holds only as a cache of files counts as free.
  public let available: Int

  public init(source: Source, total: Int, available: Int) {
    self.source = source
    self.total = total
    self.available = max(0, min(available, total))
  }

  /// The tightest of all that hold for this process.
  public static var current: MemoryLimit { read() }

  /// - Parameters:
  ///   - root: what stands before `/proc` and `/sys`.
  ///   - limits: of `getrlimit`; nil asks the system.
  package static func read(root: String = "", limits: ProcessLimits? = nil) -> MemoryLimit {
    var all = [machine(root)] + controlGroups(root)
    let limits = limits ?? .current
    let status = SystemText.fields(root + "/proc/self/status")
    if let most = limits.addressSpace {
      all.append(MemoryLimit(source: .addressSpace, total: most, available: most - (status["VmSize"] ?? 0)))
    }
    if let most = limits.data {
      all.append(MemoryLimit(source: .dataSegment, total: most, available: most - (status["VmData"] ?? 0)))
    }
    return all.compactMap(\.self).min { $0.available < $1.available }
      ?? MemoryLimit(source: .machine, total: .max, available: .max)
  }

  // MARK: Sources

  private static func machine(_ root: String) -> MemoryLimit? {
    let fields = SystemText.fields(root + "/proc/meminfo")
    if let total = fields["MemTotal"], let free = fields["MemAvailable"] {
      return MemoryLimit(
        source: .machine, total: total + (fields["SwapTotal"] ?? 0), available: free + (fields["SwapFree"] ?? 0))
    }
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    guard pages > 0, size > 0 else { return nil }
    let (total, overflow) = pages.multipliedReportingOverflow(by: size)
    return overflow ? nil : MemoryLimit(source: .machine, total: total, available: total)
  }

  /// Of the process's group and of every one above it, for either version of the interface.
  private static func controlGroups(_ root: String) -> [MemoryLimit] {
    var limits: [MemoryLimit] = []
    for line in SystemText.read(root + "/proc/self/cgroup").split(separator: "\n") {
      // `0::/path` of version 2, `5:memory:/path` of version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isSecond = parts[0] == "0" && parts[1].isEmpty
      guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
      let base = root + (isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory")
      var path = parts[2].split(separator: "/")[...]
      while true {
        let folder = ([base] + path.map(String.init)).joined(separator: "/")
        if let limit = isSecond ? second(folder) : first(folder) { limits.append(limit) }
        if path.isEmpty { break }
        path = path.dropLast()
      }
    }
    return limits
  }

  private static func second(_ folder: String) -> MemoryLimit? {
    guard let most = SystemText.number(folder + "/memory.max"), let used = SystemText.number(folder + "/memory.current")
    else { return nil }
    let cached = SystemText.numbers(folder + "/memory.stat")
    let files = (cached["active_file"] ?? 0) + (cached["inactive_file"] ?? 0)
    return MemoryLimit(source: .controlGroup, total: most, available: most - max(0, used - files))
  }

  private static func first(_ folder: String) -> MemoryLimit? {
    guard let most = SystemText.number(folder + "/memory.limit_in_bytes"),
      let used = SystemText.number(folder + "/memory.usage_in_bytes"), most < 1 << 60
    else { return nil }
    let cached = SystemText.numbers(folder + "/memory.stat")
    let files = (cached["total_active_file"] ?? 0) + (cached["total_inactive_file"] ?? 0)
    return MemoryLimit(source: .controlGroup, total: most, available: most - max(0, used - files))
  }
}

/// The limits that a shell sets for its programs; nil where there is none.
package struct ProcessLimits: Sendable {
  package var addressSpace: Int?
  package var data: Int?

  package init(addressSpace: Int? = nil, data: Int? = nil) {
    self.addressSpace = addressSpace
    self.data = data
  }

  static var current: ProcessLimits {
    #if canImport(Darwin)
      return ProcessLimits()
    #else
      func limit(_ read: (UnsafeMutablePointer<rlimit>) -> Int32) -> Int? {
        var value = rlimit()
        guard read(&value) == 0, let bytes = Int(exactly: value.rlim_cur) else { return nil }
        // No limit is a number, too.
        return bytes < 1 << 60 ? bytes : nil
      }
      #if canImport(Glibc)
        return ProcessLimits(
          addressSpace: limit { getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), $0) },
          data: limit { getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), $0) })
      #else
        return ProcessLimits(
          addressSpace: limit { getrlimit(RLIMIT_AS, $0) }, data: limit { getrlimit(RLIMIT_DATA, $0) })
      #endif
    #endif
  }
}
