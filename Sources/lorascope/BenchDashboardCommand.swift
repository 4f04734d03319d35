import ArgumentParser
import Dashboard
import Foundation
import Messages
import Recipe
import RunStore
import Terminal
import Training

/// What the dashboard costs on a store of many runs. The rows are generated: nothing in them was trained, and the store goes afterwards.
struct BenchDashboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard",
    abstract: "The dashboard on a store of many generated runs: CPU a frame and a key, first frame, memory.")
  @Option(help: "Runs in the store.") var runs = 2000
  @Option(help: "Frames and keys of each kind.") var times = 100
  @Option(help: "Columns of the screen.") var columns = 200
  @Option(help: "Rows of the screen.") var rows = 60
  @OptionGroup var json: JSONFlag

  struct Times: Encodable {
    var median: Double
    var p99: Double

    init(_ seconds: [Double]) {
      median = 1000 * Percentile.median(seconds)
      p99 = 1000 * Percentile.ofSorted(seconds.sorted(), 0.99)
    }

    var text: String { String(format: "%.2f ms, p99 %.2f", median, p99) }
  }

  struct Report: Encodable {
    var runs: Int
    var storeBytes: Int
    /// Seconds from a closed store to its runs in memory.
    var openSeconds: Double
    /// Of CPU, from the runs to the first screen.
    var firstFrameMilliseconds: Double
    /// A snapshot in which one run has gone on, and its frame; the same in which nothing has.
    var liveFrameMilliseconds: Times
    var restFrameMilliseconds: Times
    /// Keys with their frames.
    var moveMilliseconds: Times
    var pageMilliseconds: Times
    var sortMilliseconds: Times
    var filterMilliseconds: Times
    var foldMilliseconds: Times
    var peakMemoryBytes: Int
  }

  func validate() throws {
    for (name, value, range) in [
      ("runs", runs, 1...200_000), ("times", times, 1...10_000), ("columns", columns, 60...500),
      ("rows", rows, 16...200),
    ] where !range.contains(value) {
      throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
  }

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "store.sqlite")
    try await GeneratedRuns.write(runs, to: url)
    let start = ContinuousClock.now
    let store = try RunStore(at: url, mode: .reading)
    var snapshot = Snapshot()
    snapshot.runs = try await store.runs()
    let open = (ContinuousClock.now - start) / .seconds(1)
    var report = measure(snapshot)
    try store.close()
    report.openSeconds = open
    report.storeBytes = (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
    if json.json { return try JSONOutput.print(report) }
    print(
      """
      \(report.runs) generated runs, \(report.storeBytes >> 10) KiB, a screen of \(columns)x\(rows); CPU of one thread
      store opened         \(String(format: "%.3f s", report.openSeconds))
      first frame          \(String(format: "%.1f ms", report.firstFrameMilliseconds))
      frame, a run goes on \(report.liveFrameMilliseconds.text)
      frame at rest        \(report.restFrameMilliseconds.text)
      key j                \(report.moveMilliseconds.text)
      key page down        \(report.pageMilliseconds.text)
      another order        \(report.sortMilliseconds.text)
      letter of a filter   \(report.filterMilliseconds.text)
      fold all groups      \(report.foldMilliseconds.text)
      peak memory          \(report.peakMemoryBytes >> 20) MiB
      """)
  }

  private func measure(_ first: Snapshot) -> Report {
    var snapshot = first
    var state = DashboardState(size: ScreenSize(columns: columns, rows: rows))
    func frame(_ inputs: Input...) -> Double {
      let start = Self.threadSeconds
      for input in inputs { _ = Update.apply(input, to: &state) }
      _ = Render.screen(state)
      return Self.threadSeconds - start
    }
    func key(_ key: Key) -> Double { frame(.key(key)) }
    let firstFrame = frame(.snapshot(snapshot))
    _ = key(.character("6"))
    let live = (0..<times).map { step -> Double in
      let sample = StepSample(
        step: step + 1, loss: 1, gradientNorm: 1, learningRate: 1e-3, tokens: 512, seconds: 0.1)
      let last = snapshot.runs[snapshot.runs.count - 1].id
      snapshot.fold(
        Event(sequence: UInt64(step), time: 1_700_000_000 + Double(step), run: last, content: .step(sample)))
      snapshot.version += 1
      return frame(.snapshot(snapshot))
    }
    let rest = (0..<times).map { _ in frame() }
    let move = (0..<times).map { _ in key(.character("j")) }
    let page = (0..<times).map { key($0.isMultiple(of: 2) ? .pageDown : .pageUp) }
    let sorts = RunsTable.Sort.plain
    let sort = (0..<times).map { index -> Double in
      state.runs.sort = sorts[index % sorts.count]
      return frame()
    }
    state.runs.sort = .accuracy
    _ = key(.character("/"))
    let letters = Array("score>0.5 data:b -targets:qkv ")
    let filter = (0..<times).map { index -> Double in
      if index % letters.count == 0 { _ = key(.control("u")) }
      return key(.character(letters[index % letters.count]))
    }
    _ = key(.escape)
    state.runs.grouping = .study
    _ = frame()
    let fold = (0..<times).map { _ in key(.character("w")) }
    return Report(
      runs: first.runs.count, storeBytes: 0, openSeconds: 0, firstFrameMilliseconds: 1000 * firstFrame,
      liveFrameMilliseconds: Times(live), restFrameMilliseconds: Times(rest), moveMilliseconds: Times(move),
      pageMilliseconds: Times(page), sortMilliseconds: Times(sort), filterMilliseconds: Times(filter),
      foldMilliseconds: Times(fold), peakMemoryBytes: PeakMemory.bytes)
  }

  /// CPU time of this thread.
  private static var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Rows for a benchmark: two data sets, fifteen combinations, four ranks, seeds.
private enum GeneratedRuns {
  static func write(_ count: Int, to url: URL) async throws {
    let store = try RunStore(at: url, mode: .engine)
    var random = SplitMix64(seed: 1)
    func share() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
    let plans = (0..<count).map { number -> RunPlan in
      var settings = RunSettings()
      settings.rank = 4 << (number / 30 % 4)
      settings.seed = UInt64(number / 120)
      return RunPlan(
        model: .builtin, data: .task(name: number / 15 % 2 == 0 ? "bench-a" : "bench-b"),
        targets: Targets.fifteen[number % 15], settings: settings)
    }
    let ids = try await store.insert(plans, created: 1_700_000_000)
    var sequence: UInt64 = 0
    // The last one trains.
    for part in stride(from: 0, to: ids.count, by: 1000) {
      var events: [Event] = []
      func add(_ run: RunID, _ content: Event.Content) {
        sequence += 1
        events.append(Event(sequence: sequence, time: 1_700_000_000 + Double(sequence), run: run, content: content))
      }
      for id in ids[part..<min(part + 1000, ids.count)] {
        add(id, .stateChanged(.training, reason: nil))
        if id == ids.last { continue }
        for step in 1...4 {
          add(
            id,
            .step(
              StepSample(
                step: step, loss: Float(4 / Double(step) + share()), gradientNorm: 1, learningRate: 1e-3, tokens: 512,
                seconds: 0.1)))
        }
        let score = share()
        add(
          id,
          .evaluated(
            ScoreSummary(
              metric: "accuracy",
              score: Interval(estimate: score, low: max(0, score - 0.02), high: min(1, score + 0.02)),
              examples: 500, parseFailureRate: 0.01, lenient: score, meanOutputTokens: 8)))
        let overhead = 20 * share()
        add(
          id,
          .latencyMeasured(
            LatencySummary(
              p50: 0.07 * (1 + overhead / 100), p95: 0.09, baseP50: 0.07, baseP95: 0.08,
              overheadPercent: Interval(estimate: overhead, low: overhead - 1, high: overhead + 1), blocks: 12)))
        add(id, .stateChanged(.done, reason: nil))
      }
      try await store.write(events)
    }
    try store.close()
  }
}
