import Foundation
import Recipe

/// A task as the scheduler sees it.
package struct SchedulerState: Hashable, Codable, Sendable {
  /// Slurm's own word, such as `PENDING` or `NODE_FAIL`.
  package var state: String
  /// Why it waits; nil where nothing is said.
  package var reason: String?
  package var nodes: String?

  package init(state: String, reason: String? = nil, nodes: String? = nil) {
    (self.state, self.reason, self.nodes) = (state, reason, nodes)
  }

  /// It runs, waits, or is on its way between both.
  package var isOpen: Bool {
    [
      "PENDING", "RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED",
      "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED", "SPECIAL_EXIT",
    ].contains(state)
  }

  /// A person has held it: nothing but a release lets it go on.
  package var isHeld: Bool { state == "REQUEUE_HOLD" || isWaiting && reason?.lowercased().contains("held") == true }

  package var isWaiting: Bool { ["PENDING", "REQUEUED", "REQUEUE_HOLD", "CONFIGURING"].contains(state) }

  /// `waits (Priority)`, `on node3`, `FAILED`.
  package var words: String {
    if isHeld { return "paused" }
    if isWaiting { return "waits" + (reason.map { " (\($0))" } ?? "") }
    if state == "RUNNING", let nodes { return "on \(nodes)" }
    return state.lowercased() + (nodes.map { " on \($0)" } ?? "")
  }
}

/// One task of an array in Slurm's numbers.
package struct ArrayTask: Hashable, Sendable {
  package var job: Int
  package var index: Int

  package init(job: Int, index: Int) { (self.job, self.index) = (job, index) }
}

/// What Slurm's programs print, read. Lines that say something else are passed over.
package enum SlurmAnswers {
  /// Job number, index in the array, state, reason, nodes.
  static let queueFormat = "%F|%K|%T|%r|%N"

  /// The job's number that `sbatch --parsable` prints: `123`, or `123;cluster`.
  package static func job(_ text: String) -> Int? {
    text.split(whereSeparator: \.isNewline).last.flatMap { line in
      Int(line.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) } ?? "")
    }
  }

  /// Lines of `squeue --noheader --array`.
  package static func queue(_ text: String) -> [ArrayTask: SchedulerState] {
    var found: [ArrayTask: SchedulerState] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count == 5, let job = Int(parts[0]), !parts[2].isEmpty else { continue }
      for index in indices(parts[1]) {
        found[ArrayTask(job: job, index: index)] = SchedulerState(
          state: String(parts[2]), reason: word(parts[3]), nodes: word(parts[4]))
      }
    }
    return found
  }

  /// Lines of `sacct --noheader --parsable2 --allocations --format=JobID,State,NodeList`: `45_3|CANCELLED by 0|node1`. The last line of
  /// a task that was requeued counts.
  package static func accounting(_ text: String) -> [ArrayTask: SchedulerState] {
    var found: [ArrayTask: SchedulerState] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count >= 3, let mark = parts[0].firstIndex(of: "_"), let job = Int(parts[0][..<mark]),
        let state = parts[1].split(separator: " ").first
      else { continue }
      for index in indices(parts[0][parts[0].index(after: mark)...]) {
        found[ArrayTask(job: job, index: index)] = SchedulerState(state: String(state), nodes: word(parts[2]))
      }
    }
    return found
  }

  /// Lines of `scontrol --oneliner show job`: words `NAME=VALUE`.
  package static func jobs(_ text: String) -> [ArrayTask: SchedulerState] {
    var found: [ArrayTask: SchedulerState] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      var values: [Substring: Substring] = [:]
      for part in line.split(separator: " ") {
        guard let mark = part.firstIndex(of: "=") else { continue }
        values[part[..<mark]] = values[part[..<mark]] ?? part[part.index(after: mark)...]
      }
      guard let job = values["ArrayJobId"].flatMap({ Int($0) }), let state = values["JobState"],
        let numbers = values["ArrayTaskId"]
      else { continue }
      for index in indices(numbers) {
        found[ArrayTask(job: job, index: index)] = SchedulerState(
          state: String(state), reason: values["Reason"].flatMap(word), nodes: values["NodeList"].flatMap(word))
      }
    }
    return found
  }

  /// The largest index of an array is one less.
  package static func largestArray(_ text: String) -> Int? {
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=")
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == "MaxArraySize" else { continue }
      return Int(parts[1].trimmingCharacters(in: .whitespaces))
    }
    return nil
  }

  /// `3`, `0-3,7`, `[0-3%2]`, with a step too (`0-6:2`).
  static func indices(_ text: some StringProtocol) -> [Int] {
    let list = text.trimmingCharacters(in: CharacterSet(charactersIn: "[]")).prefix { $0 != "%" }
    return list.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: ":")[0].split(separator: "-").map { Int($0) }
      let step = part.split(separator: ":").dropFirst().first.flatMap { Int($0) } ?? 1
      guard let low = ends.first ?? nil, low >= 0, step > 0 else { return [] }
      guard ends.count == 2 else { return [low] }
      guard let high = ends[1], high >= low, high - low < 1 << 22 else { return [] }
      return Array(stride(from: low, through: high, by: step))
    }
  }

  private static func word(_ text: some StringProtocol) -> String? {
    ["", "None", "(null)", "N/A", "None assigned"].contains(String(text)) ? nil : String(text)
  }
}
