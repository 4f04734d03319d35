import Foundation
import Messages
import Terminal

/// The dashboard as a program: one thread of its own for the screen, the bus for everything else. It never blocks the engine.
public final class DashboardProgram {
  private let bus: MessageBus
  private let screen: any Screen
  private let theme: Theme
  private let options: DashboardOptions

  /// - Parameter screen: handed over: no one else may use it from here on.
  public init(bus: MessageBus, screen: any Screen, theme: Theme, options: DashboardOptions = DashboardOptions()) {
    self.bus = bus
    self.screen = screen
    self.theme = theme
    self.options = options
  }

  /// Runs until a person leaves, a signal ends it or the terminal is gone; the terminal is given back on return. The engine has
  /// then been told to save, and has had up to 5 s to answer.
  public func run() async -> ExitReason {
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
