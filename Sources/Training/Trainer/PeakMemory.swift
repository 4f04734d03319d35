import Foundation

/// The process's memory high-water mark.
public enum PeakMemory {
  /// Bytes of the largest resident set so far: `VmHWM` on Linux, `ru_maxrss` elsewhere; 0 if the system does not tell.
  public static var bytes: Int {
    #if os(Linux)
      guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
      return (highWaterMark(inStatus: status) ?? 0) * 1024
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #endif
  }

  /// The kilobytes after `VmHWM:` in the text of `/proc/self/status`.
  package static func highWaterMark(inStatus status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
    return nil
  }
}
