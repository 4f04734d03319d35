import Dispatch
import Messages
import Synchronization

/// Carries the dashboard's commands to the bus one after the other, so that they arrive in the order of the keys, and its
/// questions beside each other; the answers go to the inbox.
package final class Courier: Sendable {
  private let bus: MessageBus
  private let inbox: Inbox
  private let commands: AsyncStream<Command>.Continuation
  private let deliveries: Task<Void, Never>
  private let subscription: Task<Void, Never>

  package init(bus: MessageBus, inbox: Inbox) {
    self.bus = bus
    self.inbox = inbox
    let (stream, continuation) = AsyncStream.makeStream(of: Command.self)
    commands = continuation
    deliveries = Task {
      for await command in stream {
        let outcome = await bus.send(command)
        inbox.answer(.outcome(command, outcome))
      }
    }
    subscription = Task {
      for await snapshot in bus.snapshots() { inbox.put(snapshot) }
    }
  }

  package func send(_ command: Command) {
    inbox.expectAnswer()
    commands.yield(command)
  }

  package func ask(_ question: Question) {
    inbox.expectAnswer()
    let bus = bus
    let inbox = inbox
    Task {
      let reply = await bus.ask(question.query)
      inbox.answer(.reply(question, reply))
    }
  }

  /// Reads on a thread of its own, for to read is to wait.
  package func read(_ reading: CurveReading) {
    inbox.expectAnswer()
    let inbox = inbox
    DispatchQueue.global(qos: .utility).async { inbox.answer(reading.read()) }
  }

  /// Waits until the engine has taken every command, at most this long: at the end it may be saving.
  package func finish(within limit: Duration) async {
    subscription.cancel()
    commands.finish()
    // Not a task group, which would wait for a command that hangs: that one's task is left behind.
    let deliveries = deliveries
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let delivered = Task {
      await deliveries.value
      end.yield()
    }
    let late = Task {
      try? await Task.sleep(for: limit)
      end.yield()
    }
    for await _ in ends { break }
    delivered.cancel()
    late.cancel()
    deliveries.cancel()
  }
}

/// What waits for the dashboard's thread: replies in order, and the newest snapshot only.
package final class Inbox: Sendable {
  private struct Content {
    var inputs: [Input] = []
    var snapshot: Snapshot?
    /// Commands and questions whose answers have not come yet.
    var pending = 0
  }

  private let content = Mutex(Content())

  package init() {}

  package func expectAnswer() { content.withLock { $0.pending += 1 } }

  package func answer(_ input: Input) {
    content.withLock {
      $0.pending -= 1
      $0.inputs.append(input)
    }
  }

  package func put(_ snapshot: Snapshot) { content.withLock { $0.snapshot = snapshot } }

  package func takeInputs() -> [Input] {
    content.withLock { content in
      defer { content.inputs = [] }
      return content.inputs
    }
  }

  package func takeSnapshot() -> Snapshot? {
    content.withLock { content in
      defer { content.snapshot = nil }
      return content.snapshot
    }
  }

  package var hasSnapshot: Bool { content.withLock { $0.snapshot != nil } }
  package var isWaiting: Bool { content.withLock { $0.pending > 0 } }
}
