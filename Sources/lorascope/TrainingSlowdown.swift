import Dashboard
import Engine
import Foundation
import Messages
import Recipe
import Synchronization
import Terminal
import Training

/// How much the dashboard slows training down. One run trains, in whose course the dashboard draws and rests by turns; each stretch with
/// it is set against the one without it beside it.
///
/// While it rests its thread sleeps, and the run does not look at its adapter's energy, which nothing but the heatmap needs. What carries
/// events to the store and snapshots to readers is there in both. A terminal is not: cells that changed are found, and not written.
struct TrainingSlowdown {
  var size: ScreenSize
  var pairs: Int
  /// Of a stretch.
  var seconds: Double
  var threads: Int?

  /// More than any measurement takes.
  private static let mostSteps = 200_000

  struct Report: Encodable {
    var pairs: Int
    var threads: Int
    var steps: Int
    var frames: Int
    /// Processor time of all threads for a token of training, with the dashboard over without it.
    var processorPercent: Interval
    /// The same of the clock: other programs on the machine are in it.
    var clockPercent: Interval
    /// Of one core, what the dashboard's own thread takes while it draws.
    var dashboardCorePercent: Double
  }

  /// - Parameter store: with generated runs, of which these are marked.
  func measure(_ store: URL, marked: [Int]) async throws -> Report {
    let turns = DashboardTurns(count: 2 * pairs, seconds: seconds)
    var options = EngineOptions(store: store, threads: threads)
    options.evaluatesBase = false
    options.beforeStep = { _, step in turns.step(step) }
    options.looksAtEnergy = { turns.isDrawing }
    let bus = MessageBus()
    _ = try await Engine(options: options, bus: bus)
    let first = await bus.currentSnapshot()
    // One slot is left for the run that trains.
    for (slot, place) in marked.dropLast().enumerated() {
      _ = await bus.send(.setSeriesSlot(first.runs[place].id, slot))
    }
    guard let data = first.availableData.first else { throw CommandError("there is no built-in task", status: 70) }
    var settings = data.recommendedSettings
    settings.steps = Self.mostSteps
    (settings.evaluationExamples, settings.measureLatency) = (0, false)
    let plan = RunPlan(model: .builtin, data: data.reference, targets: .all, settings: settings)
    guard case .accepted(let runs) = await bus.send(.queue(plan)), let run = runs.first else {
      throw CommandError("the run was refused", status: 70)
    }
    let screen = TurnsScreen(size: size, turns: turns)
    // Ends with the last stretch, and tells the engine to save and end.
    _ = await DashboardProgram(bus: bus, screen: screen, theme: .night).run()
    let summary = await bus.currentSnapshot().run(run)
    guard let summary, let stretches = turns.stretches else {
      throw CommandError("the run ended early: \(summary?.reason ?? "no reason is known")", status: 70)
    }
    return report(stretches, summary, turns.drawn, threads: first.engine.threads)
  }

  private func report(
    _ stretches: [DashboardTurns.Stretch], _ run: RunSummary, _ drawn: (frames: Int, seconds: Double), threads: Int
  ) -> Report {
    let tokens = run.tokenCounts.values(0..<run.tokenCounts.count)
    func percent(_ cost: (DashboardTurns.Stretch) -> Double) -> Interval {
      func each(_ stretch: DashboardTurns.Stretch) -> Double {
        let before = stretch.steps.lowerBound > 0 ? tokens[stretch.steps.lowerBound - 1] : 0
        return cost(stretch) / Double(tokens[stretch.steps.upperBound - 1] - before)
      }
      let ratios = stride(from: 0, to: stretches.count - 1, by: 2).map { place in
        let (a, b) = (stretches[place], stretches[place + 1])
        let (with, without) = a.isDrawing ? (a, b) : (b, a)
        return 100 * (each(with) / each(without) - 1)
      }
      return Bootstrap.interval(of: ratios, statistic: Percentile.median)
    }
    let drawing = stretches.filter(\.isDrawing).reduce(0) { $0 + $1.clock }
    return Report(
      pairs: stretches.count / 2, threads: threads, steps: stretches.reduce(0) { $0 + $1.steps.count },
      frames: drawn.frames, processorPercent: percent(\.processor), clockPercent: percent(\.clock),
      dashboardCorePercent: drawing > 0 ? 100 * drawn.seconds / drawing : .nan)
  }
}

/// Whose turn it is: told of each step on the run's thread, asked on the dashboard's.
final class DashboardTurns: Sendable {
  struct Stretch: Sendable {
    var isDrawing: Bool
    /// From 0; the last is not in it.
    var steps: Range<Int>
    /// Seconds.
    var clock = 0.0
    var processor = 0.0
  }

  private struct State {
    var stretches: [Stretch] = []
    var begun: (step: Int, clock: Double, processor: Double)?
    var frames = 0
    var drawnSeconds = 0.0
  }

  /// Steps before the first stretch: caches fill, and the first frames are drawn.
  private static let warmUp = 30
  private let count: Int
  private let seconds: Double
  private let state = Mutex(State())
  private let drawing = Atomic<Bool>(true)
  private let ended = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)

  init(count: Int, seconds: Double) {
    self.count = count
    self.seconds = seconds
  }

  var isDrawing: Bool { drawing.load(ordering: .acquiring) }
  var hasEnded: Bool { ended.load(ordering: .acquiring) }

  /// Nil until all are over.
  var stretches: [Stretch]? { state.withLock { $0.stretches.count == count ? $0.stretches : nil } }
  var drawn: (frames: Int, seconds: Double) { state.withLock { ($0.frames, $0.drawnSeconds) } }

  /// So many steps are done.
  func step(_ done: Int) {
    guard done >= Self.warmUp, !hasEnded else { return }
    let clock = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    let processor = ThreadTime.ofProcess
    let next = state.withLock { state -> Bool? in
      guard let begun = state.begun else {
        state.begun = (done, clock, processor)
        return isDrawing
      }
      guard clock - begun.clock >= seconds else { return nil }
      state.stretches.append(
        Stretch(
          isDrawing: isDrawing, steps: begun.step..<done, clock: clock - begun.clock,
          processor: processor - begun.processor))
      state.begun = (done, clock, processor)
      // With, without, without, with: what grows or falls over time falls on both alike.
      return state.stretches.count % 4 == 0 || state.stretches.count % 4 == 3
    }
    if state.withLock({ $0.stretches.count == count }) { ended.store(true, ordering: .releasing) }
    guard let next, next != isDrawing || hasEnded else { return }
    drawing.store(next, ordering: .releasing)
    if next || hasEnded { wake.signal() }
  }

  /// Sleeps while it is not the dashboard's turn.
  func waitForTurn() {
    while !isDrawing, !hasEnded { wake.wait() }
  }

  /// - Parameter seconds: of the dashboard's thread, since its start.
  func drew(_ seconds: Double) {
    state.withLock { state in
      guard state.begun != nil else { return }
      state.frames += 1
      state.drawnSeconds += seconds
    }
  }
}

/// A screen that finds out which cells have changed, and writes none of them.
private final class TurnsScreen: Screen {
  let size: ScreenSize
  let characterSet = CharacterSet.braille
  var colorDepth = ColorDepth.truecolor
  private let turns: DashboardTurns
  private var shown: Canvas?
  private var last = 0.0

  init(size: ScreenSize, turns: DashboardTurns) {
    self.size = size
    self.turns = turns
  }

  func present(_ canvas: Canvas, theme: Theme) {
    _ = CanvasDiff.runs(from: shown, to: canvas)
    shown = canvas
    let now = ThreadTime.seconds
    turns.drew(now - last)
    last = now
  }

  func nextKey(timeoutMilliseconds: Int) -> Key? {
    turns.waitForTurn()
    if turns.hasEnded { return .signal(SIGTERM) }
    if timeoutMilliseconds != 0 { usleep(UInt32(min(max(1, timeoutMilliseconds), 1000)) * 1000) }
    return nil
  }

  func invalidate() { shown = nil }
  func setMouse(_ on: Bool) {}
  func copy(_ text: String) {}
  func suspend() {}
  func resume() {}
  func close() {}
}
