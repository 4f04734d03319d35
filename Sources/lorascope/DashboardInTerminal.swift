import Engine
import Foundation
import Messages
import Recipe
import Terminal
import Training

/// What the program itself does in a terminal: how long a key takes to the end of its frame, at rest and while training has all cores, what it
/// costs at rest, and how much it writes while it trains. The clock is in these: nothing else should be running.
struct DashboardInTerminal {
  var generated: GeneratedRuns
  var size: ScreenSize
  /// Keys of each kind.
  var times: Int
  /// For which nothing is touched, and for which training is watched.
  var seconds: Double
  var threads: Int?

  /// The smallest usual terminal, in which bytes a frame are counted.
  private static let small = ScreenSize(columns: 80, rows: 24)
  /// More than any measurement takes.
  private static let mostSteps = 200_000

  /// Milliseconds from reading a key to the end of its frame's write, as the program itself counts them.
  struct KeyTimes: Codable {
    var frames: Int
    var p50: Double
    var p95: Double
    var p99: Double
    var most: Double

    private enum CodingKeys: String, CodingKey {
      case frames
      case p50 = "p50_ms"
      case p95 = "p95_ms"
      case p99 = "p99_ms"
      case most = "max_ms"
    }

    var text: String {
      String(format: "p50 %.1f, p95 %.1f, p99 %.1f, most %.1f ms, %d frames", p50, p95, p99, most, frames)
    }
  }

  struct FrameBytes: Encodable {
    var frames: Int
    var median: Double
    var p95: Double
    var most: Int

    init(_ frames: [TerminalSession.Frame]) {
      let bytes = frames.map { Double($0.bytes) }.sorted()
      self.frames = frames.count
      (median, p95) = (Percentile.ofSorted(bytes, 0.5), Percentile.ofSorted(bytes, 0.95))
      most = Int(bytes.last ?? 0)
    }

    var text: String { String(format: "median %.0f, p95 %.0f, most %d, %d frames", median, p95, most, frames) }
  }

  struct Rest: Encodable {
    /// From the start of the program to its first frame, and to the last one before it came to rest.
    var firstFrameSeconds: Double
    var allThereSeconds: Double
    var corePercent: Double
    var seconds: Double
    var bytes: Int
    var peakMemoryBytes: Int
    var keys: KeyTimes
  }

  struct Report: Encodable {
    var runs: Int
    var threads: Int
    var rest: Rest
    var keysInTraining: KeyTimes
    var bytesInTraining: FrameBytes
  }

  /// - Parameter folder: for stores and what else the programs write.
  func measure(_ folder: URL) async throws -> Report {
    let store = folder.appending(path: "store.sqlite")
    try await generated.write(to: store)
    try await mark(store)
    let rest = try await atRest(store, folder)
    try await queueTraining(store)
    let keys = try await inTraining(store, folder)
    let fresh = folder.appending(path: "fresh.sqlite")
    let threads = try await queueTraining(fresh)
    return Report(
      runs: generated.count, threads: threads, rest: rest, keysInTraining: keys,
      bytesInTraining: try await written(fresh, folder))
  }

  /// The runs with long curves are marked; one slot is left for the run that trains.
  private func mark(_ store: URL) async throws {
    let session = try await StudySession.open(store: store, forDashboard: true, evaluatesBase: false)
    let runs = await session.bus.currentSnapshot().runs
    for (slot, place) in generated.curvePlaces.dropLast().enumerated() {
      try await session.expect(.setSeriesSlot(runs[place].id, slot))
    }
    await session.close()
  }

  /// A run that neither is scored nor ends, for the program to go on with when it starts.
  @discardableResult
  private func queueTraining(_ store: URL) async throws -> Int {
    let session = try await StudySession.open(
      store: store, threads: threads, forDashboard: true, evaluatesBase: false)
    let snapshot = await session.bus.currentSnapshot()
    guard let data = snapshot.availableData.first else { throw CommandError("there is no built-in task", status: 70) }
    var settings = data.recommendedSettings
    settings.steps = Self.mostSteps
    (settings.evaluationExamples, settings.measureLatency) = (0, false)
    try await session.expect(.pauseQueue(true))
    _ = try await session.queue(
      .queue(RunPlan(model: .builtin, data: data.reference, targets: .all, settings: settings)))
    await session.close()
    return snapshot.engine.threads
  }

  private func open(_ store: URL, _ folder: URL, _ size: ScreenSize, latency: URL? = nil) throws -> TerminalSession {
    var arguments = ["--store", store.path]
    if let threads { arguments += ["--threads", "\(threads)"] }
    return try TerminalSession(
      arguments, home: folder, size: size,
      environment: latency.map { ["LORASCOPE_FRAME_LATENCY": $0.path] } ?? [:])
  }

  private func atRest(_ store: URL, _ folder: URL) async throws -> Rest {
    let latency = folder.appending(path: "rest.json")
    let session = try open(store, folder, size, latency: latency)
    while session.frames.isEmpty { try await wait(session, "no frame was drawn") }
    try await comeToRest(session)
    let (frames, bytes) = (session.frames, session.bytes)
    let (processor, start) = (session.processorSeconds, session.seconds)
    try await Task.sleep(for: .seconds(seconds))
    let rested = session.seconds - start
    let share = (session.processorSeconds - processor) / rested
    let written = session.bytes - bytes
    try await press(session)
    let peak = session.peakMemoryBytes
    try await session.quit()
    return Rest(
      firstFrameSeconds: frames[0].time, allThereSeconds: frames[frames.count - 1].time, corePercent: 100 * share,
      seconds: rested, bytes: written, peakMemoryBytes: peak, keys: try read(latency))
  }

  private func inTraining(_ store: URL, _ folder: URL) async throws -> KeyTimes {
    let latency = folder.appending(path: "training.json")
    let session = try open(store, folder, size, latency: latency)
    try await training(session)
    try await press(session)
    try await session.quit()
    return try read(latency)
  }

  private func written(_ store: URL, _ folder: URL) async throws -> FrameBytes {
    let session = try open(store, folder, Self.small)
    try await training(session)
    let start = session.seconds
    try await Task.sleep(for: .seconds(seconds))
    let frames = session.frames.filter { $0.time > start }
    try await session.quit()
    return FrameBytes(frames)
  }

  // MARK: Waiting

  private static let patience = 60.0

  /// Nothing was written for two seconds.
  private func comeToRest(_ session: TerminalSession) async throws {
    var (bytes, since) = (session.bytes, session.seconds)
    while session.seconds - since < 2 {
      try await wait(session, "it does not come to rest")
      if session.bytes != bytes { (bytes, since) = (session.bytes, session.seconds) }
    }
  }

  /// Frames follow one another, as they do while a run goes on.
  private func training(_ session: TerminalSession) async throws {
    while session.frames.count(where: { $0.time > session.seconds - 1 }) < 5 {
      try await wait(session, "training did not begin")
    }
    // What is read and drawn at the start is over.
    try await Task.sleep(for: .seconds(2))
  }

  private func wait(_ session: TerminalSession, _ problem: String) async throws {
    guard session.isRunning, session.seconds < Self.patience else {
      try await session.quit()
      throw CommandError("the dashboard in a terminal: \(problem)", status: 70)
    }
    try await Task.sleep(for: .milliseconds(20))
  }

  /// Keys as a person would press them, one after the other: rows, pages, other orders, a filter and screens.
  private func press(_ session: TerminalSession) async throws {
    let (down, up) = ("\u{1b}[6~", "\u{1b}[5~")
    session.type("6")
    for _ in 0..<times {
      for key in ["j", "j", down, "k", up, "l", "o", "/", "s", "c", "o", "\u{1b}", "C", "+", "0", "M"] {
        session.type(key)
        try await Task.sleep(for: .milliseconds(60))
      }
    }
  }

  private func read(_ file: URL) throws -> KeyTimes {
    let decoder = JSONDecoder()
    guard let data = try? Data(contentsOf: file), let times = try? decoder.decode(KeyTimes.self, from: data) else {
      throw CommandError("the dashboard in a terminal did not say how long its frames took", status: 70)
    }
    return times
  }
}
