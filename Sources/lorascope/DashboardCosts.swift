import Dashboard
import Engine
import Foundation
import Messages
import Recipe
import Terminal
import Training

/// What frames and keys of the dashboard take on a store of generated runs, in CPU time of one thread.
///
/// An engine that only reads the store answers the dashboard's questions, so that every pane has its figures; the time of its answers is
/// not counted, that of taking them is not either.
struct DashboardCosts {
  var generated: GeneratedRuns
  var size: ScreenSize
  /// Frames and keys of each kind.
  var times: Int

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
    var curves: Int
    var points: Int
    var storeBytes: Int
    /// Seconds from a closed store to an engine with all runs.
    var openSeconds: Double
    /// Of CPU, from the runs to the first screen, and of the next one, when the curves were read beside it.
    var firstFrameMilliseconds: Double
    var curvesFrameMilliseconds: Double
    /// A snapshot in which one run has gone on, and its frame; the same in which nothing has.
    var liveFrameMilliseconds: Times
    var restFrameMilliseconds: Times
    /// Keys with their frames.
    var moveMilliseconds: Times
    var pageMilliseconds: Times
    var sortMilliseconds: Times
    var filterMilliseconds: Times
    var foldMilliseconds: Times
    var compareMilliseconds: Times
    /// From a closed store on: what the generator of the rows took is not in it.
    var peakMemoryBytes: Int
  }

  /// - Parameter store: with the generated runs.
  func measure(_ store: URL) async throws -> Report {
    MemoryReturn.giveBack()
    PeakMemory.reset()
    let start = ContinuousClock.now
    let session = try await StudySession.open(store: store, readOnly: true, forDashboard: true)
    var snapshot = await session.bus.currentSnapshot()
    let open = (ContinuousClock.now - start) / .seconds(1)
    for (slot, place) in generated.curvePlaces.enumerated() { snapshot.runs[place].seriesSlot = slot }
    let last = generated.count - 1
    let seat = DashboardSeat(size: size, bus: session.bus)
    let first = await seat.frame(.snapshot(snapshot))
    let read = seat.readSeconds
    _ = await seat.key(.character("6"))
    var live: [Double] = []
    for _ in 0..<times {
      let sample = StepSample(
        step: snapshot.runs[last].losses.count + 1, loss: 0.3, gradientNorm: 1, learningRate: 1e-3, tokens: 512,
        seconds: 0.1)
      let time = snapshot.runs[last].created + Double(sample.step)
      snapshot.fold(Event(sequence: 0, time: time, run: snapshot.runs[last].id, content: .step(sample)))
      snapshot.version += 1
      live.append(await seat.frame(.snapshot(snapshot)))
    }
    let rest = await repeated { _ in await seat.frame() }
    let move = await repeated { _ in await seat.key(.character("j")) }
    let page = await repeated { time in await seat.key(time.isMultiple(of: 2) ? .pageDown : .pageUp) }
    let sorts = RunsTable.Sort.plain
    let sort = await repeated { time in
      seat.state.runs.sort = sorts[time % sorts.count]
      return await seat.frame()
    }
    seat.state.runs.sort = .accuracy
    _ = await seat.key(.character("/"))
    let letters = Array("score>0.5 data:medmcqa -targets:qkv ")
    let filter = await repeated { time in
      if time % letters.count == 0 { _ = await seat.key(.control("u")) }
      return await seat.key(.character(letters[time % letters.count]))
    }
    _ = await seat.key(.escape)
    seat.state.runs.grouping = .study
    _ = await seat.frame()
    let fold = await repeated { _ in await seat.key(.character("w")) }
    _ = await seat.key(.character("C"))
    let compare = await repeated { time in
      await seat.key(time.isMultiple(of: 2) ? .character("+") : .character("0"))
    }
    let peak = PeakMemory.bytes
    await session.close()
    return Report(
      runs: generated.count, curves: min(generated.curves, generated.count), points: generated.points,
      storeBytes: (try? store.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0, openSeconds: open,
      firstFrameMilliseconds: 1000 * first, curvesFrameMilliseconds: 1000 * read,
      liveFrameMilliseconds: Times(live), restFrameMilliseconds: Times(rest),
      moveMilliseconds: Times(move), pageMilliseconds: Times(page), sortMilliseconds: Times(sort),
      filterMilliseconds: Times(filter), foldMilliseconds: Times(fold), compareMilliseconds: Times(compare),
      peakMemoryBytes: peak)
  }

  private func repeated(_ body: (Int) async -> Double) async -> [Double] {
    var seconds: [Double] = []
    for time in 0..<times { seconds.append(await body(time)) }
    return seconds
  }
}

/// A dashboard without a terminal: inputs go in, and a frame with what of it is new comes out.
private final class DashboardSeat {
  var state: DashboardState
  /// Of the frame in which what the last one had to read was there.
  private(set) var readSeconds = 0.0
  private var shown: Canvas?
  private let bus: MessageBus

  init(size: ScreenSize, bus: MessageBus) {
    state = DashboardState(size: size)
    self.bus = bus
  }

  /// - Returns: seconds of CPU until the cells are known that a terminal would be sent.
  func frame(_ inputs: Input...) async -> Double {
    let (seconds, questions, readings) = draw(inputs)
    readSeconds = readings.isEmpty ? 0 : draw(readings.map { $0.read() }).seconds
    for question in questions {
      for case .ask(let next) in Update.apply(.reply(question, await bus.ask(question.query)), to: &state) {
        _ = Update.apply(.reply(next, await bus.ask(next.query)), to: &state)
      }
    }
    return seconds
  }

  func key(_ key: Key) async -> Double { await frame(.key(key)) }

  private func draw(_ inputs: [Input]) -> (seconds: Double, questions: [Question], readings: [CurveReading]) {
    var questions: [Question] = []
    var readings: [CurveReading] = []
    let start = ThreadTime.seconds
    for input in inputs {
      for effect in Update.apply(input, to: &state) {
        if case .ask(let question) = effect { questions.append(question) }
        if case .read(let reading) = effect { readings.append(reading) }
      }
    }
    let canvas = Render.screen(state)
    _ = CanvasDiff.runs(from: shown, to: canvas)
    let seconds = ThreadTime.seconds - start
    shown = canvas
    return (seconds, questions, readings)
  }
}

enum ThreadTime {
  /// CPU time of this thread.
  static var seconds: Double { read(CLOCK_THREAD_CPUTIME_ID) }

  /// CPU time of all threads together.
  static var ofProcess: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension PeakMemory {
  /// From here on the largest resident set is counted anew, where the system can do that (`/proc/self/clear_refs`, Linux 4.0).
  fileprivate static func reset() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }
}
