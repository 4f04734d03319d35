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

/// The small text files in which a system says how it is.
enum SystemText {
  private static let most = 1 << 16

  /// Empty where there is no such file.
  static func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while bytes.count < most {
      let count = systemRead(descriptor, &piece, piece.count)
      if count > 0 {
        bytes += piece[..<count]
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A file of one number; nil for `max`.
  static func number(_ path: String) -> Int? { Int(read(path).split(whereSeparator: \.isWhitespace).first ?? "") }

  /// Lines of a name and a number.
  static func numbers(_ path: String) -> [Substring: Int] {
    var result: [Substring: Int] = [:]
    for line in read(path).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let number = Int(words[1]) { result[words[0]] = number }
    }
    return result
  }

  /// Bytes of lines such as `MemTotal:  123 kB`.
  static func fields(_ path: String) -> [Substring: Int] {
    var result: [Substring: Int] = [:]
    for line in read(path).split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
      guard words.count == 2, words[1] == "kB", let number = Int(words[0]) else { continue }
      result[line[..<colon]] = number * 1024
    }
    return result
  }

  private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer, count)
    #else
      Darwin.read(descriptor, buffer, count)
    #endif
  }
}

/// More memory is needed than there is: told before anything of it is allocated.
public struct MemoryShortage: ExitStatusError, Equatable {
  /// What the memory is for, as the subject of a sentence in the plural: `model: the weights`.
  public let subject: String
  /// Bytes.
  public let needed: Int
  public let limit: MemoryLimit
  /// What would fit.
  public let advice: String

  public var description: String {
    "\(subject) need \(Self.text(needed)) of memory, and \(Self.text(limit.available)) of the \(Self.text(limit.total)) "
      + "\(limit.source.words) are free; \(advice)"
  }

  /// `EX_UNAVAILABLE`: something is missing on this machine.
  public var exitStatus: Int32 { 69 }

  /// Part of what is free stays so: for stacks, the runtime, and what is too small to be counted.
  private static let reserve = 48 << 20
  /// Bytes that nobody asks about.
  private static let little = 16 << 20

  /// What of so many free bytes may be taken.
  private static func room(_ available: Int) -> Int { available - min(reserve, available / 16) }

  /// Whether so many bytes may be taken where others are free, as ``check(_:for:beside:limit:advice:)`` decides it.
  package static func fits(_ needed: Int, available: @autoclosure () -> Int = MemoryLimit.current.available) -> Bool {
    needed <= little || needed <= room(available())
  }

  /// Refuses what does not fit. What takes little is not asked about.
  ///
  /// - Parameters:
  ///   - beside: bytes of the free memory that are promised to others.
  ///   - advice: asked for only when it is needed, with the bytes that would fit.
  public static func check(
    _ needed: Int, for subject: @autoclosure () -> String, beside promised: Int = 0,
    limit: @autoclosure () -> MemoryLimit = .current, advice: (_ room: Int) -> String
  ) throws(MemoryShortage) {
    guard needed > little else { return }
    let limit = limit()
    let room = max(0, Self.room(limit.available) - promised)
    guard needed > room else { return }
    let left = MemoryLimit(source: limit.source, total: limit.total, available: limit.available - promised)
    throw MemoryShortage(subject: subject(), needed: needed, limit: left, advice: advice(room))
  }

  /// Bytes in a unit that is easy to read.
  public static func text(_ bytes: Int) -> String {
    func tenths(_ unit: Double, _ name: String) -> String {
      let value = (Double(bytes) / unit * 10).rounded() / 10
      return "\(value >= 100 ? String(Int(value.rounded())) : String(value)) \(name)"
    }
    switch bytes {
    case ..<1_000_000: return "\(max(0, bytes) / 1000) kB"
    case ..<1_000_000_000: return tenths(1e6, "MB")
    default: return tenths(1e9, "GB")
    }
  }
}
