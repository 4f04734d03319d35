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
  @Option(help: "Marked runs with a long curve; one of them trains.") var curves = 8
  @Option(help: "Steps of each of these.") var points = 100_000
  @Option(help: "Frames and keys of each kind.") var times = 100
  @Flag(help: "Instead: how much training is slowed down, in pairs with and without the dashboard.") var training =
    false
  @Flag(
    help:
      "Instead: the program itself in a terminal, by the clock: key to frame at rest and in training, CPU and bytes at rest, bytes a frame."
  ) var terminal = false
  @Option(help: "Pairs of stretches of training.") var pairs = 30
  @Option(help: "Seconds of a stretch (2), and in a terminal of the rest and of the training that are watched (20).")
  var seconds: Double?
  @Option(help: "Worker threads of that training (default: all cores).") var threads: Int?
  @Option(help: "Columns of the screen.") var columns = 200
  @Option(help: "Rows of the screen.") var rows = 60
  @OptionGroup var json: JSONFlag

  func validate() throws {
    for (name, value, range) in [
      ("runs", runs, 1...200_000), ("curves", curves, 0...Marks.most), ("points", points, 1...1_000_000),
      ("times", times, 1...10_000), ("columns", columns, 60...500),
      ("rows", rows, 16...200),
    ] where !range.contains(value) {
      throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
    try ArgumentRange.check(pairs, "pairs", 2...10_000)
    if let seconds { try ArgumentRange.check(seconds, "seconds", NumberRange(over: 0, to: 600)) }
    if training, terminal { throw ValidationError("--training and --terminal are two measurements: one at a time") }
    try ArgumentRange.threads(threads)
  }

  func run() async throws {
    // As the dashboard itself does.
    MemoryReturn.limitArenas()
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "store.sqlite")
    let generated = GeneratedRuns(count: runs, curves: curves, points: points, lastTrains: !training && !terminal)
    let size = ScreenSize(columns: columns, rows: rows)
    if terminal { return try await inTerminal(folder, generated, size) }
    try await generated.write(to: url)
    if training { return try await slowdown(url, generated, size) }
    let costs = DashboardCosts(generated: generated, size: size, times: times)
    let report = try await costs.measure(url)
    if json.json { return try JSONOutput.print(report) }
    print(
      """
      \(report.runs) generated runs, \(report.storeBytes >> 10) KiB; marked: \(report.curves) of \(report.points) steps each
      a screen of \(columns)x\(rows); CPU of one thread
      store opened         \(String(format: "%.3f s", report.openSeconds))
      first frame          \(String(format: "%.1f ms", report.firstFrameMilliseconds))
      the curves are there \(String(format: "%.1f ms", report.curvesFrameMilliseconds))
      frame, a run goes on \(report.liveFrameMilliseconds.text)
      frame at rest        \(report.restFrameMilliseconds.text)
      key j                \(report.moveMilliseconds.text)
      key page down        \(report.pageMilliseconds.text)
      another order        \(report.sortMilliseconds.text)
      letter of a filter   \(report.filterMilliseconds.text)
      fold all groups      \(report.foldMilliseconds.text)
      zoom in Compare      \(report.compareMilliseconds.text)
      peak memory          \(report.peakMemoryBytes >> 20) MiB
      """)
  }

  private func inTerminal(_ folder: URL, _ generated: GeneratedRuns, _ size: ScreenSize) async throws {
    let terminal = DashboardInTerminal(
      generated: generated, size: size, times: times, seconds: seconds ?? 20, threads: threads)
    let report = try await terminal.measure(folder)
    if json.json { return try JSONOutput.print(report) }
    let rest = report.rest
    print(
      """
      the program in a terminal of \(columns)x\(rows) over \(report.runs) generated runs; by the clock
      first frame          \(String(format: "%.2f s, all there after %.2f s", rest.firstFrameSeconds, rest.allThereSeconds))
      at rest              \(String(format: "%.2f %% of a core and %d bytes in %.0f s", rest.corePercent, rest.bytes, rest.seconds))
      most memory          \(rest.peakMemoryBytes >> 20) MiB
      key to end of frame
        at rest            \(rest.keys.text)
        training           \(report.keysInTraining.text) (\(report.threads) threads)
      bytes a frame
        training, 80x24    \(report.bytesInTraining.text)
      """)
  }

  private func slowdown(_ url: URL, _ generated: GeneratedRuns, _ size: ScreenSize) async throws {
    let slowdown = TrainingSlowdown(size: size, pairs: pairs, seconds: seconds ?? 2, threads: threads)
    let report = try await slowdown.measure(url, marked: generated.curvePlaces)
    if json.json { return try JSONOutput.print(report) }
    func text(_ interval: Interval) -> String {
      String(format: "%+.2f %% (95 %%: %+.2f to %+.2f)", interval.estimate, interval.low, interval.high)
    }
    print(
      """
      training beside \(generated.count) generated runs, \(report.threads) threads, a screen of \(columns)x\(rows): \(report.pairs) pairs, \(report.steps) steps, \(report.frames) frames
      processor time a token \(text(report.processorPercent))
      time a token           \(text(report.clockPercent))
      dashboard's thread     \(String(format: "%.2f %% of a core", report.dashboardCorePercent))
      """)
  }
}
