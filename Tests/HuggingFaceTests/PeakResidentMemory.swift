import Foundation

/// The high-water mark of the tests' own process.
enum PeakResidentMemory {
  static var bytes: Int {
    var usage = rusage()
    #if os(Linux)
      return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    #else
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #endif
  }
}
