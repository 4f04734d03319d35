import Foundation
import Messages
import Synchronization
import Terminal

/// How the dashboard is started.
package struct DashboardOptions: Sendable {
  /// Nothing that changes runs or records is offered.
  package var readOnly: Bool
  /// The runs are trained elsewhere: that is why.
  package var watches: Bool
  /// Setup begins with what the newest run of the store was trained with.
  package var adoptsNewest: Bool
  /// Whether a program works on the store, where it is only read; nil: nobody knows.
  package var storeIsHeld: (@Sendable () -> Bool)?
  /// Folders of theme files, first first.
  package var themeFolders: [URL]
  /// The standard keys, or a person's own (`KeysFile`).
  package var keymap: Keymap
  /// What `config.toml` says.
  package var configuration: DashboardSettings
  /// What is wrong with `config.toml`, a line each.
  package var faults: [String]
  /// What was chosen last is read from this file and written to it; nil: nothing is remembered.
  package var rememberedFile: URL?
  /// Where the time from reading a key to the end of its frame's write is reported when the dashboard ends, as JSON;
  /// nil: the file named by `LORASCOPE_FRAME_LATENCY`, if any.
  package var frameLatencyFile: URL?

  package init(
    readOnly: Bool = false, watches: Bool = false, adoptsNewest: Bool = false,
    storeIsHeld: (@Sendable () -> Bool)? = nil, themeFolders: [URL] = [],
    keymap: Keymap = .standard, configuration: DashboardSettings = DashboardSettings(), faults: [String] = [],
    rememberedFile: URL? = nil,
    frameLatencyFile: URL? = nil
  ) {
    self.readOnly = readOnly
    self.watches = watches
    self.adoptsNewest = adoptsNewest
    self.storeIsHeld = storeIsHeld
    self.themeFolders = themeFolders
    self.keymap = keymap
    self.configuration = configuration
    self.faults = faults
    self.rememberedFile = rememberedFile
    self.frameLatencyFile = frameLatencyFile
  }
}

/// The dashboard as a program: one thread of its own for the screen, the bus for everything else. It never blocks the engine.
package final class DashboardProgram {
  private let bus: MessageBus
  private let screen: any Screen
  private let theme: Theme
  private let options: DashboardOptions

  /// - Parameter screen: handed over: no one else may use it from here on.
  package init(bus: MessageBus, screen: any Screen, theme: Theme, options: DashboardOptions = DashboardOptions()) {
    self.bus = bus
    self.screen = screen
    self.theme = theme
    self.options = options
  }

  /// Runs until a person leaves, a signal ends it or the terminal is gone; the terminal is given back on return. The engine has
  /// then been told to save, and has had up to 5 s to answer.
  package func run() async -> ExitReason {
    let inbox = Inbox()
    let courier = Courier(bus: bus, inbox: inbox)
    let handover = Handover(screen: screen, theme: theme, options: options)
    let reason = await withCheckedContinuation { continuation in
      let thread = Thread {
        // Threads inherit the mask of the pool thread that started them, which blocks signals; Ctrl-Z raises one here.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let loop = DashboardLoop(
          screen: handover.screen, theme: handover.theme, options: handover.options, inbox: inbox, courier: courier)
        continuation.resume(returning: loop.run())
      }
      thread.name = "lorascope.ui"
      thread.qualityOfService = .userInteractive
      thread.stackSize = 4 << 20
      thread.start()
    }
    await courier.finish(within: .seconds(5))
    return reason
  }

  /// Takes the screen to the dashboard's thread. Sendable is safe: `run` hands it over before the thread starts, and afterwards
  /// only that thread uses it.
  private struct Handover: @unchecked Sendable {
    let screen: any Screen
    let theme: Theme
    let options: DashboardOptions
  }
}

/// Gives memory that is free inside of the process back to the system once a minute, for as long as it lives.
///
/// Snapshots of many runs are copied on several threads, and glibc keeps what each of them has freed: a dashboard that was left
/// open over hundreds of runs held four times what it used. Nothing is returned while latency is measured, since the allocator's
/// locks are held meanwhile.
package final class MemoryReturn: Sendable {
  private static let interval = Duration.seconds(60)
  private let rests: Rests
  private let task: Task<Void, Never>

  private final class Rests: Sendable {
    let value = Atomic<Bool>(false)
  }

  init() {
    let rests = Rests()
    self.rests = rests
    task = Task.detached(priority: .utility) {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        if !Task.isCancelled, !rests.value.load(ordering: .relaxed) { Self.giveBack() }
      }
    }
  }

  deinit { task.cancel() }

  /// - Parameter rests: latency is being measured.
  func set(rests: Bool) { self.rests.value.store(rests, ordering: .relaxed) }

  /// glibc's `malloc_trim`, which its module for Swift leaves out and other C libraries do not have.
  private static let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map {
    unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
  }

  package static func giveBack() { _ = trim?(0) }

  /// At most so many arenas: glibc gives each of many threads one of its own, in which what it has freed stays (two in place of eight a core took
  /// a tenth off the memory of a dashboard over 2 000 runs). To be called before other threads are at work.
  package static func limitArenas() {
    typealias Option = @convention(c) (Int32, Int32) -> Int32
    // `M_ARENA_MAX`, which glibc's module for Swift leaves out as well.
    let option = dlsym(nil, "mallopt").map { unsafeBitCast($0, to: Option.self) }
    _ = option?(-8, 2)
  }
}
