import Foundation
import Messages
import Terminal

/// What the machine does while runs are under way: the header's line.
package struct MachineStatus: Hashable, Sendable {
  package var cores: Int
  /// Shares of all cores' time since the last look, 0 to 1: this process's, and that of every other one.
  package var own: Double
  package var others: Double
  /// Resident memory of this process, and memory of the machine, bytes.
  package var memory: Int
  package var totalMemory: Int

  package init(cores: Int, own: Double, others: Double, memory: Int, totalMemory: Int) {
    self.cores = cores
    self.own = own
    self.others = others
    self.memory = memory
    self.totalMemory = totalMemory
  }

  /// Others take as much as spoils a measurement of TPOT.
  package var isBusy: Bool { CoreUse.isBusy(1 - others) }

  package var text: String {
    "\(cores) cores \(NumberFormat.percent(own)), \(NumberFormat.bytes(memory)) of \(NumberFormat.bytes(totalMemory)), "
      + "others \(NumberFormat.percent(others))"
  }
}

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

  /// What happened between two looks; nil where no time has passed, or a counter went back.
  package func status(since before: MachineCounts) -> MachineStatus? {
    guard all > before.all, busy >= before.busy, own >= before.own else { return nil }
    let time = Double(all - before.all)
    let own = min(Double(self.own - before.own) / time, 1)
    let busy = min(Double(self.busy - before.busy) / time, 1)
    return MachineStatus(
      cores: cores, own: own, others: max(0, busy - own), memory: memory, totalMemory: totalMemory)
  }
}

/// Looks once a second while something is under way, and not at all at rest.
struct MachineMeter {
  private var last: (counts: MachineCounts, time: Double)?

  /// - Parameter now: seconds.
  /// - Returns: what is new since the last look; nil where there is nothing to say yet.
  mutating func look(now: Double) -> MachineStatus? {
    if let last, now - last.time < 1 { return nil }
    guard let counts = Self.counts() else { return nil }
    let before = last
    last = (counts, now)
    return before.flatMap { counts.status(since: $0.counts) }
  }

  mutating func rest() { last = nil }

  private static func counts() -> MachineCounts? {
    func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
    guard let stat = text("/proc/stat"), let own = text("/proc/self/stat"), let statm = text("/proc/self/statm"),
      let memory = text("/proc/meminfo")
    else { return nil }
    return MachineCounts(
      stat: stat, selfStat: own, statm: statm, meminfo: memory, pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }
}
