import Foundation
import Messages
import Recipe

/// What is wrong with a line of a log, in one line without its place.
struct LogFault: Error {
  let what: String
  init(_ what: String) { self.what = what }
}

/// A run as its log says it, folded line by line.
///
/// The same line again is no contradiction: who writes a log may not know whether the last one arrived. Another one in its place is.
struct RunLog: Sendable {
  let header: RunLogHeader
  private(set) var prepared: PreparedRun?
  private(set) var states: [(state: RunLogLine.State, time: Double)] = []
  private(set) var steps: [StepSample] = []
  private(set) var heldOutLosses: [HeldOutLoss] = []
  private(set) var checkpoints: [(step: Int, time: Double)] = []
  private(set) var heats: [HeatSummary] = []
  private(set) var heatScores: [HeatScores] = []
  private(set) var energy: AdapterEnergy?
  private(set) var examples: [ExampleOutcome] = []
  private(set) var score: ScoreSummary?
  private(set) var pruned: PrunedAdapter?
  private(set) var latencyBlocks: [LatencyBlock] = []
  private(set) var latency: LatencySummary?
  private(set) var phases: PhaseSeconds?
  private(set) var labels = RunLabels()
  private(set) var notices: [Notice] = []
  private(set) var files: [RunLogLine.File] = []
  private(set) var end: RunLogLine.End?

  /// The most that training accepts.
  private static let mostSteps = 100_000_000

  init(_ header: RunLogHeader) { self.header = header }

  // MARK: Lines

  mutating func take(_ line: RunLogLine) throws(LogFault) {
    guard line.isKnown else { throw LogFault("it is no event of a run") }
    if end != nil, line.end == nil { throw LogFault("an event follows the run's end") }
    let time = line.time ?? 0
    guard RunColumn.times.contains(time) else { throw LogFault("its time is none") }
    if let prepared = line.prepared { try take(prepared) }
    if let state = line.state, states.last?.state != state { states.append((state, time)) }
    if let step = line.step { try take(step) }
    if let step = line.rewound { rewind(to: step) }
    if let point = line.heldOutLoss { try take(point) }
    if let step = line.checkpoint { try take(checkpoint: step, time) }
    if let heat = line.heat { try Self.put(heat, into: &heats, "heat \(heat.heat)") { $0.heat } }
    if let scores = line.heatScores {
      try Self.put(scores, into: &heatScores, "the scores of heat \(scores.heat)") { $0.heat }
    }
    if let energy = line.energy {
      guard energy.isStorable else { throw LogFault("its energy is none") }
      self.energy = energy
    }
    if let example = line.example { try Self.put(example, into: &examples, "example \(example.index)") { $0.index } }
    if let block = line.latencyBlock {
      guard block.block >= 0, block.block < 1 << 32 else { throw LogFault("a latency block has no number") }
      try Self.put(block, into: &latencyBlocks, "latency block \(block.block)") { 2 * $0.block + ($0.isBase ? 0 : 1) }
    }
    if let score = line.score { self.score = try Self.once(score, self.score, "score") }
    if let pruned = line.pruned { self.pruned = try Self.once(pruned, self.pruned, "pruned adapter") }
    if let latency = line.latency {
      guard (0...1).contains(latency.coreShare ?? 1) else { throw LogFault("its latency is out of range") }
      self.latency = try Self.once(latency, self.latency, "latency")
    }
    if let phases = line.phases { self.phases = try Self.once(phases, self.phases, "account of its time") }
    if let labels = line.labels { self.labels = try Self.checked(labels) }
    if let notice = line.notice {
      guard RunColumn.times.contains(notice.time) else { throw LogFault("a notice's time is none") }
      notices.append(notice)
    }
    if let file = line.file { try take(file) }
    if let end = line.end { try take(end) }
  }

  private mutating func take(_ prepared: PreparedRun) throws(LogFault) {
    guard header.base == nil || prepared.baseFingerprint == header.base else {
      throw LogFault("the run was prepared on another base than its first line says")
    }
    guard (0...Self.mostSteps).contains(prepared.totalSteps) else { throw LogFault("it has no count of steps") }
    self.prepared = try Self.once(prepared, self.prepared, "preparation")
  }

  private mutating func take(_ step: StepSample) throws(LogFault) {
    // Sizes and times far beyond any machine's are none, and no arithmetic with what is left overflows.
    guard (1...Self.mostSteps).contains(step.step), (0...(1 << 40)).contains(step.tokens),
      (0...(1 << 53)).contains(step.memoryBytes ?? 0), (0...1e12).contains(step.seconds)
    else { throw LogFault("its step is none") }
    guard let last = steps.last, step.step <= last.step else {
      steps.append(step)
      return
    }
    guard let place = Self.place(of: step.step, in: steps, \.step) else {
      throw LogFault("step \(step.step) comes after step \(last.step): the log is out of order")
    }
    guard steps[place].isSame(as: step) else { throw LogFault("step \(step.step) is there twice, and differs") }
  }

  private mutating func take(_ point: HeldOutLoss) throws(LogFault) {
    guard (1...Self.mostSteps).contains(point.step), point.examples >= 0, point.tokens >= 0 else {
      throw LogFault("its held-out loss has no step")
    }
    try Self.put(point, into: &heldOutLosses, "the held-out loss of step \(point.step)") { $0.step }
  }

  private mutating func take(checkpoint step: Int, _ time: Double) throws(LogFault) {
    guard (0...Self.mostSteps).contains(step) else { throw LogFault("its checkpoint has no step") }
    if let last = checkpoints.last, step <= last.step {
      guard Self.place(of: step, in: checkpoints, \.step) != nil else {
        throw LogFault("the checkpoint of step \(step) comes after that of step \(last.step): the log is out of order")
      }
      return
    }
    checkpoints.append((step, time))
  }

  private mutating func take(_ file: RunLogLine.File) throws(LogFault) {
    guard Self.isBareName(file.name) else {
      throw LogFault("“\(OneLine.text(file.name))” is no name of a file in the log's own folder")
    }
    guard file.bytes >= 0 else { throw LogFault("its file has no size") }
    if let known = files.first(where: { $0.kind == file.kind && $0.name == file.name }) {
      guard known == file else { throw LogFault("the file \(OneLine.text(file.name)) is there twice, and differs") }
      return
    }
    files.append(file)
  }

  private mutating func take(_ end: RunLogLine.End) throws(LogFault) {
    guard end.state.isTerminal || end.state == .paused else { throw LogFault("a run that is at work has no end") }
    guard (steps.last?.step ?? 0) <= max(end.step, end.totalSteps) else {
      throw LogFault("the run ended after step \(end.step), and has later ones")
    }
    self.end = try Self.once(end, self.end, "end")
  }

  private mutating func rewind(to step: Int) {
    steps.removeAll { $0.step > step }
    checkpoints.removeAll { $0.step > step }
    heldOutLosses.removeAll { $0.step > step }
  }

  /// A name that leads nowhere but into the folder in which it is looked for.
  static func isBareName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 255
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 || $0.value == 0x7F }
  }

  private static func place<Part>(of number: Int, in parts: [Part], _ key: (Part) -> Int) -> Int? {
    var low = 0
    var high = parts.count
    while low < high {
      let middle = (low + high) / 2
      if key(parts[middle]) < number { low = middle + 1 } else { high = middle }
    }
    return low < parts.count && key(parts[low]) == number ? low : nil
  }

  /// Keeps parts in the order of their numbers; most come in it.
  private static func put<Part: Encodable>(
    _ part: Part, into parts: inout [Part], _ name: String, _ key: (Part) -> Int
  ) throws(LogFault) {
    let number = key(part)
    guard number >= 0 else { throw LogFault("\(name) is none") }
    if let last = parts.last, number <= key(last) {
      guard let place = place(of: number, in: parts, key) else {
        parts.insert(part, at: parts.firstIndex { key($0) > number } ?? parts.count)
        return
      }
      guard isSame(parts[place], part) else { throw LogFault("\(name) is there twice, and differs") }
      return
    }
    parts.append(part)
  }

  private static func once<Part: Encodable>(_ part: Part, _ known: Part?, _ name: String) throws(LogFault) -> Part {
    guard let known, !isSame(known, part) else { return part }
    throw LogFault("the run's \(name) is there twice, and differs")
  }

  /// As text: not-a-number is the same as not-a-number there.
  static func isSame<Part: Encodable>(_ a: Part, _ b: Part) -> Bool {
    guard let a = try? JSON.encode(a), let b = try? JSON.encode(b) else { return false }
    return a == b
  }

  private static func checked(_ labels: RunLabels) throws(LogFault) -> RunLabels {
    var checked = RunLabels()
    do throws(Refusal) {
      try checked.apply(.name(labels.name))
      try checked.apply(.note(labels.note))
      try checked.apply(.addTags(labels.tags))
      try checked.apply(.pin(labels.isPinned))
    } catch { throw LogFault(error.description) }
    return checked
  }

  // MARK: The run

  /// How far the run is: nothing takes the place of what ended.
  var isEnded: Bool { end?.state.isTerminal == true }

  /// The base's fingerprint; a log that was begun before the run was prepared says it with that.
  var base: String? { header.base ?? prepared?.baseFingerprint }

  /// What the run was at when the log was written last, by what of it there is; nil where nothing is.
  var lastState: RunState? {
    if score != nil { return .awaitingLatency }
    if has(.adapter) || !examples.isEmpty { return .evaluating }
    return prepared == nil ? states.last?.state.state : .training
  }

  func has(_ kind: RunLogLine.File.Kind) -> Bool { files.contains { $0.kind == kind } }

  /// The run as it stands at the end of the log. What is at work there is paused here: only who holds its files can go on.
  ///
  /// - Parameters:
  ///   - id: its number in the store; 0 for a new one.
  ///   - plan: with the names that base and parent have in the store.
  func summary(_ id: RunID, _ plan: RunPlan) -> RunSummary {
    var run = RunSummary(id: id, plan: plan, state: .paused, created: header.created)
    run.origin = RunOrigin(identity: header.identity, host: header.host, engine: header.engine)
    run.prepared = prepared
    run.labels = labels
    (run.score, run.latency, run.phases, run.energy, run.pruned) = (score, latency, phases, energy, pruned)
    if let parent = plan.pruning?.parent { run.pruned?.parent = parent }
    run.heats = heats.isEmpty ? nil : heats
    if let end {
      (run.state, run.reason, run.started, run.finished) = (end.state, end.reason, end.started, end.finished)
      (run.step, run.totalSteps) = (end.step, end.totalSteps)
      (run.peakMemoryBytes, run.tokensPerSecond) = (end.peakMemoryBytes, end.tokensPerSecond)
      (run.wallSeconds, run.lastCheckpointStep) = (end.wallSeconds, end.lastCheckpointStep)
    } else {
      run.started = states.first { $0.state.state.isActive }?.time
      (run.step, run.totalSteps) = (steps.last?.step ?? 0, prepared?.totalSteps ?? 0)
      run.lastCheckpointStep = has(.checkpoint) ? checkpoints.last?.step : nil
      run.reason = "its log goes to step \(run.step)"
    }
    if var latency = run.latency {
      latency.host = latency.host ?? header.host
      latency.machine = latency.machine ?? prepared?.machine ?? header.processor
      run.latency = latency
    }
    return run
  }
}

extension RunSummary {
  /// It has come to a heat and may go on: its adapter is no result yet, and no store names it.
  var waitsInRace: Bool { state == .paused && heats != nil && step < totalSteps }
}

extension StepSample {
  /// Bit for bit, but that one not-a-number is like another.
  func isSame(as other: StepSample) -> Bool {
    func same(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }
    return step == other.step && same(loss, other.loss) && same(gradientNorm, other.gradientNorm)
      && same(learningRate, other.learningRate) && tokens == other.tokens && memoryBytes == other.memoryBytes
      && (seconds == other.seconds || seconds.isNaN && other.seconds.isNaN)
  }
}
