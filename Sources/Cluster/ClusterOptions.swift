import Recipe

/// What is asked of the scheduler for each task of a study.
package struct ClusterOptions: Hashable, Codable, Sendable {
  package var partition: String?
  package var account: String?
  /// As `sbatch --time` takes it.
  package var time: String?
  /// Processors of a task; nil with a node of its own takes all of it.
  package var cpus: Int?
  /// As `sbatch --mem` takes it: a number with K, M, G or T.
  package var memory: String?
  /// Features of nodes, as `sbatch --constraint` takes them.
  package var constraint: String?
  /// Tasks that run at the same time.
  package var atMost: Int?
  /// Most tasks of one array; nil asks the scheduler.
  package var arraySize: Int?
  /// A node for each task alone: what TPOT is measured on.
  package var isExclusive = false
  /// Runs of a task that train at once.
  package var jobs = 1

  /// Of tasks that share a node and say no number.
  package static let sharedCPUs = 4

  package init() {}

  /// The same with a node for each task alone, or of tasks that share nodes, which ask for some processors in any case.
  package func alone(_ isExclusive: Bool) -> ClusterOptions {
    var options = self
    options.isExclusive = isExclusive
    if !isExclusive { options.cpus = cpus ?? Self.sharedCPUs }
    return options
  }

  /// Bytes that `--memory` says; nil for none.
  ///
  /// - Throws: `Refusal` for what Slurm would not read.
  package func memoryBytes() throws(Refusal) -> Int? {
    guard let memory else { return nil }
    let digits = memory.prefix { $0.isASCII && $0.isNumber }
    let units = ["": 20, "K": 10, "M": 20, "G": 30, "T": 40]
    guard let number = Int(digits), number > 0, let shift = units[memory.dropFirst(digits.count).uppercased()],
      number < 1 << (62 - shift)
    else {
      throw Refusal(
        "--memory takes a number with K, M, G or T such as 8G, not '\(OneLine.name(memory))'", exitStatus: 64)
    }
    return number << shift
  }

  /// Seconds that `--time` says, as Slurm reads it: minutes, MINUTES:SECONDS, HOURS:MINUTES:SECONDS, or DAYS-HOURS with minutes and seconds.
  /// Nil for no limit, and for what Slurm would refuse.
  package var timeSeconds: Int? {
    guard let time else { return nil }
    let halves = time.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = (halves.last ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...3).contains(parts.count), parts.allSatisfy({ ($0 ?? -1) >= 0 && ($0 ?? .max) < 1 << 40 }) else {
      return nil
    }
    let numbers = parts.compactMap(\.self)
    if halves.count == 2 {
      guard let days = Int(halves[0]), (0..<1 << 30).contains(days) else { return nil }
      return 86_400 * days + zip(numbers, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return zip(numbers, numbers.count == 3 ? [3600, 60, 1] : [60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Refuses words that would be another option, or several, in the job script.
  package func check() throws(Refusal) {
    _ = try memoryBytes()
    let words = [
      ("partition", partition), ("account", account), ("time", time), ("memory", memory), ("constraint", constraint),
    ]
    for case (let name, let word?) in words {
      let isPlain = word.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && scalar.value > 0x20 && scalar.value != 0x7F && !"'\"\\#$`;".unicodeScalars.contains(scalar)
      }
      guard isPlain, !word.isEmpty, !word.hasPrefix("-") else {
        throw Refusal("--\(name) is one word of the scheduler's, not '\(OneLine.name(word))'", exitStatus: 64)
      }
    }
  }
}
