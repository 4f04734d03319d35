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

extension MachineCounts {
  /// What happened between two looks; nil where no time has passed, or a counter went back.
  package func status(since before: MachineCounts) -> MachineStatus? {
    guard let shares = shares(since: before) else { return nil }
    return MachineStatus(
      cores: cores, own: shares.own, others: shares.others, memory: memory, totalMemory: totalMemory)
  }
}

/// Looks once a second while something is under way, and not at all at rest.
struct MachineMeter {
  private var last: (counts: MachineCounts, time: Double)?

  /// - Parameter now: seconds.
  /// - Returns: what is new since the last look; nil where there is nothing to say yet.
  mutating func look(now: Double) -> MachineStatus? {
    if let last, now - last.time < 1 { return nil }
    guard let counts = MachineCounts.now() else { return nil }
    let before = last
    last = (counts, now)
    return before.flatMap { counts.status(since: $0.counts) }
  }

  mutating func rest() { last = nil }
}
