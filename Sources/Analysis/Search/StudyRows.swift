import Foundation
import Messages
import Recipe

/// A table of finished runs, as it is read from and written to JSONL.
package struct StudyRows: Sendable {
  package private(set) var rows: [StudyRow] = []
  package private(set) var tasks: [StudyTask] = []
  private var places: [StudyRow.Key: Int] = [:]

  /// One of the two kinds of line.
  private struct Line: Codable {
    var run: StudyRow?
    var examples: StudyTask?
  }

  package init() {}

  package init(rows: [StudyRow], tasks: [StudyTask] = []) {
    for row in rows { _ = add(row) }
    self.tasks = tasks
  }

  package func task(_ name: String, base: String) -> StudyTask? { tasks.first { $0.task == name && $0.base == base } }

  package func row(_ key: StudyRow.Key) -> StudyRow? { places[key].map { rows[$0] } }

  /// False for a run that is there already.
  package mutating func add(_ row: StudyRow) -> Bool {
    guard places[row.key] == nil else { return false }
    places[row.key] = rows.count
    rows.append(row)
    return true
  }

  /// What holds for all runs of a task on a base; takes the place of what was said before.
  package mutating func note(_ task: StudyTask) {
    tasks.removeAll { $0.task == task.task && $0.base == task.base }
    tasks.append(task)
  }

  /// Puts TPOT into the rows of a task on a base that have none.
  package mutating func measure(base: String, task: String, _ overhead: (Targets) -> Double?) {
    for place in rows.indices
    where rows[place].base == base && rows[place].task == task && rows[place].overhead == nil {
      rows[place].overhead = overhead(rows[place].targets)
    }
  }

  // MARK: Reading

  /// Adds the lines of a file: `{"run": …}` or `{"examples": …}` each, empty lines apart.
  ///
  /// - Throws: `Refusal` with status 65 that names file, line and field, for what is not JSON, for a row that contradicts itself or
  ///   its table, and for a run that is there twice.
  package mutating func read(_ text: String, name: String) throws(Refusal) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      let place = "\(OneLine.name(name)):\(number + 1)"
      let parsed: Line
      do { parsed = try decoder.decode(Line.self, from: Data(line.utf8)) } catch {
        throw Refusal("\(place): \(Self.words(error))", exitStatus: 65)
      }
      if let task = parsed.examples {
        if let known = self.task(task.task, base: task.base), known != task {
          throw Refusal(
            "\(place): another line says something else about task \(OneLine.name(task.task))", exitStatus: 65)
        }
        if self.task(task.task, base: task.base) == nil { tasks.append(task) }
        continue
      }
      guard let row = parsed.run else {
        throw Refusal("\(place): a line is {\"run\": …} or {\"examples\": …}", exitStatus: 65)
      }
      if let problem = Self.problem(row) { throw Refusal("\(place): \(problem)", exitStatus: 65) }
      guard add(row) else {
        throw Refusal(
          "\(place): \(OneLine.name(row.task)), \(row.targets.label) at \(row.rate), seed \(row.seed) is there twice",
          exitStatus: 65)
      }
    }
    try checkCounts(name: name)
  }

  /// Thirty years.
  private static let mostSeconds = 1e9

  /// What is wrong in a row by itself; nil where nothing is.
  private static func problem(_ row: StudyRow) -> String? {
    if row.targets.isEmpty { return "targets names no module" }
    if !(row.rate > 0 && row.rate.isFinite) { return "rate must be above 0" }
    if row.steps < 1 { return "steps must be 1 or more" }
    if row.losses.count > SearchPlan.lossBlocks { return "losses are at most \(SearchPlan.lossBlocks) means" }
    let shares = row.heats.map(\.share)
    if !shares.allSatisfy({ $0 > 0 && $0 <= 1 }) || !zip(shares, shares.dropFirst()).allSatisfy({ $0 < $1 }) {
      return "shares of heats must rise from above 0 to at most 1"
    }
    let seconds = [row.trainSeconds, row.evaluateSeconds, row.latencySeconds] + row.heats.map(\.seconds)
    if !seconds.allSatisfy((0...mostSeconds).contains) { return "seconds must be from 0 to 1e9" }
    if !row.diverged, shares.last != 1 { return "a run that did not diverge must have a heat at share 1" }
    return nil
  }

  /// Runs are paired by example: all of a task on a base must have as many.
  ///
  /// - Throws: `Refusal` with status 65 that names the run that has not.
  package func checkCounts(name: String) throws(Refusal) {
    struct Place: Hashable {
      var base: String
      var task: String
      var split: String
    }
    var counts: [Place: Int] = [:]
    func note(_ row: StudyRow, _ split: String, _ count: Int) throws(Refusal) {
      guard count > 0 else { return }
      let place = Place(base: row.base, task: row.task, split: split)
      if let known = counts[place], known != count {
        throw Refusal(
          "\(OneLine.name(name)): task \(OneLine.name(row.task)), \(row.targets.label) at \(row.rate), seed \(row.seed) has "
            + "\(count) \(split) examples, others have \(known)", exitStatus: 65)
      }
      counts[place] = count
    }
    for task in tasks {
      counts[Place(base: task.base, task: task.task, split: "tuning")] = task.tuningGroups?.count
      counts[Place(base: task.base, task: task.task, split: "evaluation")] = task.evaluationGroups?.count
    }
    for row in rows {
      for heat in row.heats { try note(row, "tuning", heat.outcomes.values.count) }
      try note(row, "evaluation", row.evaluation.values.count)
    }
  }

  private static func words(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return "\((context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(path(context)) has the wrong type"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "not JSON" : "\(path(context)): \(OneLine.text(context.debugDescription))"
    default: return "not JSON"
    }
  }

  // MARK: Writing

  /// A line each: tasks first, then runs by base, task, combination, rate and seed, so that equal tables are equal bytes.
  package func text() throws -> String {
    let lines =
      tasks.sorted { ($0.base, $0.task) < ($1.base, $1.task) }.map { Line(examples: $0) }
      + rows.sorted(by: Self.precedes).map { Line(run: $0) }
    return try lines.map { try Self.text($0) }.joined()
  }

  private static func text(_ line: Line) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
  }

  private static func precedes(_ left: StudyRow, _ right: StudyRow) -> Bool {
    if (left.base, left.task) != (right.base, right.task) { return (left.base, left.task) < (right.base, right.task) }
    if left.targets != right.targets { return Targets.precedes(left.targets, right.targets) }
    return (left.rate, left.seed) < (right.rate, right.seed)
  }
}
