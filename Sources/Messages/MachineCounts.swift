import Foundation

/// Times and memory as the kernel counts them, in ticks of a hundredth of a second and bytes.
package struct MachineCounts: Equatable, Sendable {
  package var busy: UInt64
  package var all: UInt64
  package var cores: Int
  package var own: UInt64
  package var memory: Int
  package var totalMemory: Int

  /// From the texts of `/proc/stat`, `/proc/self/stat`, `/proc/self/statm` and `/proc/meminfo`; nil where one is not as proc(5) says.
  package init?(stat: String, selfStat: String, statm: String, meminfo: String, pageSize: Int) {
    let lines = stat.split(separator: "\n")
    guard let total = lines.first(where: { $0.hasPrefix("cpu ") }) else { return nil }
    // user nice system idle iowait irq softirq steal; what guests take is in user's already.
    let times = total.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
    guard times.count >= 5 else { return nil }
    all = times.reduce(0, &+)
    busy = all &- times[3] &- times[4]
    cores = lines.count { $0.hasPrefix("cpu") && !$0.hasPrefix("cpu ") }
    // The program's name may hold blanks and brackets: what follows its last bracket is counted.
    guard cores > 0, let end = selfStat.lastIndex(of: ")") else { return nil }
    let fields = selfStat[selfStat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
    own = user &+ system
    let pages = statm.split(separator: " ")
    guard pages.count > 1, let resident = Int(pages[1]), resident < Int.max / max(1, pageSize) else { return nil }
    memory = resident * pageSize
    guard
      let line = meminfo.split(separator: "\n").first(where: { $0.hasPrefix("MemTotal:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }), kibibytes < Int.max / 1024
    else { return nil }
    totalMemory = kibibytes * 1024
  }

  /// As they are now; nil where the kernel does not say.
  package static func now() -> MachineCounts? {
    func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
    guard let stat = text("/proc/stat"), let own = text("/proc/self/stat"), let statm = text("/proc/self/statm"),
      let memory = text("/proc/meminfo")
    else { return nil }
    return MachineCounts(
      stat: stat, selfStat: own, statm: statm, meminfo: memory, pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Shares of all cores' time between two looks, 0 to 1: this process's, and that of every other one. Nil where no time has passed, or a
  /// counter went back.
  package func shares(since before: MachineCounts) -> (own: Double, others: Double)? {
    guard all > before.all, busy >= before.busy, own >= before.own else { return nil }
    let time = Double(all - before.all)
    let own = min(Double(self.own - before.own) / time, 1)
    let busy = min(Double(self.busy - before.busy) / time, 1)
    return (own, max(0, busy - own))
  }
}
