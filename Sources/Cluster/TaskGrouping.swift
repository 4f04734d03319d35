import Messages

/// Which runs go into one array task: sites ask for few long jobs and not many short ones, since each costs the scheduler a start.
package enum TaskGrouping {
  /// Fills tasks in the runs' order, so that the first seed of all combinations is there before the second of any.
  ///
  /// - Parameters:
  ///   - seconds: of each run, estimated; a run of unknown length is a task of its own.
  ///   - least: seconds that a task takes at least. What is left over at the end joins the last task.
  /// - Returns: the runs' places, by task; none empty.
  package static func tasks(_ seconds: [Double?], least: Double) -> [[Int]] {
    var tasks: [[Int]] = []
    var current: [Int] = []
    var sum = 0.0
    for (place, own) in seconds.enumerated() {
      guard let own else {
        tasks.append([place])
        continue
      }
      current.append(place)
      sum += max(0, own)
      guard sum >= least else { continue }
      tasks.append(current)
      (current, sum) = ([], 0)
    }
    guard !current.isEmpty else { return tasks }
    if let last = tasks.lastIndex(where: { task in task.contains { seconds[$0] != nil } }) {
      tasks[last] += current
    } else {
      tasks.append(current)
    }
    return tasks
  }

  /// Numbers as `sbatch --array` takes them: `0-3,7`.
  package static func ranges(_ numbers: [Int]) -> String {
    var parts: [String] = []
    var rest = numbers.sorted()[...]
    while let first = rest.popFirst() {
      var last = first
      while let next = rest.first, next <= last + 1 {
        last = next
        rest = rest.dropFirst()
      }
      parts.append(first == last ? "\(first)" : "\(first)-\(last)")
    }
    return parts.joined(separator: ",")
  }

  /// The tasks of each array: no index may reach what the scheduler allows.
  ///
  /// - Returns: what is added to an array's index, and its tasks.
  package static func arrays(_ tasks: [Int], size: Int) -> [(first: Int, tasks: [Int])] {
    let size = max(1, size)
    return Dictionary(grouping: tasks) { $0 / size }.sorted { $0.key < $1.key }
      .map { (first: $0.key * size, tasks: $0.value.sorted()) }
  }
}
