import Cluster
import Engine
import Foundation
import Messages
import Recipe

/// What the dashboard on a cluster's folder talks to: an engine that only reads, and beside it the scheduler, whose view it shows and to
/// which it passes orders. Where Slurm is not, it shows what the tasks say of themselves. The rounds of a search go on from here as by
/// `--follow`.
actor ClusterDesk: EngineEndpoint {
  /// Seconds between two looks at the scheduler, which serves others, too.
  private static let interval = 4.0

  private let engine: any EngineEndpoint
  private let bus: MessageBus
  private let orders: ClusterOrders
  private var troubles: Set<String> = []
  /// A round is being planned, or none comes any more.
  private var plans = true

  /// - Returns: nil for a folder that is no cluster's.
  init?(_ folder: URL, engine: any EngineEndpoint, bus: MessageBus) {
    guard ClusterFolder(folder).isOne || ClusterSearchFolder(folder).isOne else { return nil }
    (self.engine, self.bus, orders) = (engine, bus, ClusterOrders(folder))
  }

  private nonisolated var whyNoOrders: String? {
    ProgramCall.path(of: "squeue") == nil
      ? "There are no programs of Slurm here: orders are given on the cluster's login node." : nil
  }

  /// Looks, and goes on looking until the task is cancelled.
  nonisolated func begin() -> Task<Void, Never> {
    Task {
      await bus.attach(self)
      while !Task.isCancelled {
        await self.look()
        try? await Task.sleep(for: .seconds(Self.interval))
      }
    }
  }

  // MARK: The bus

  func handle(_ command: Command) async -> CommandOutcome {
    guard case .cluster(let order) = command else { return await engine.handle(command) }
    if let reason = whyNoOrders { return .refused(Refusal(reason, exitStatus: 69)) }
    do {
      let line = try await orders.carryOut(order)
      say(line, .info)
      await look()
      return .accepted(runs: [])
    } catch {
      return .refused(Refusal(Failure.line(error), exitStatus: Failure.exitStatus(error)))
    }
  }

  func answer(_ query: Query) async -> Reply { await engine.answer(query) }

  // MARK: Looking

  private func look() async {
    guard let study = try? orders.folder.readStudy() else { return }
    var view = ClusterView(study, statuses: orders.folder.statuses(study), states: [:])
    var isAnswered = false
    if whyNoOrders == nil {
      do {
        view = try await orders.view(study)
        isAnswered = true
      } catch { sayOnce(Failure.line(error)) }
    }
    let status = status(view, isAnswered: isAnswered)
    bus.change { $0.engine.cluster = status }
    guard isAnswered, orders.search.isOne, plans else { return }
    if view.isOver { await plan() } else { await complete() }
  }

  /// Submits what of the round nobody has submitted.
  private func complete() async {
    plans = false
    defer { plans = true }
    do {
      let rounds = try ClusterRounds(orders.search)
      let number = orders.search.rounds.count
      if try !rounds.isSubmitted(number) { try await rounds.submit(number, isOwn: false) }
    } catch { sayOnce(Failure.line(error)) }
  }

  private func status(_ view: ClusterView, isAnswered: Bool) -> ClusterStatus {
    let study = view.study
    var status = ClusterStatus(summary: view.summary, done: view.done, runs: study.runs.count, whyNoOrders: whyNoOrders)
    if orders.search.isOne { status.round = orders.search.rounds.count }
    status.tasks = study.tasks.indices.map { task in
      let own = view.statuses[task]
      let state = view.states[task]?.words ?? own.map { "\($0.state.rawValue) on \($0.host)" } ?? "has not begun"
      return ClusterStatus.Task(number: task, state: state, runs: study.tasks[task].count)
    }
    guard isAnswered else {
      status.open = view.statuses.values.count { $0.state == .working }
      if whyNoOrders == nil { status.whyNoOrders = "The scheduler does not answer." }
      return status
    }
    status.open = view.openTasks.count
    status.held = view.openTasks.count { view.states[$0]?.isHeld == true }
    status.missing = view.toResubmit.count
    return status
  }

  /// The next heat, once all of this one is there.
  private func plan() async {
    plans = false
    defer { plans = true }
    do {
      let rounds = try ClusterRounds(orders.search)
      if let next = try await rounds.next() {
        say(
          "round \(orders.search.rounds.count) was submitted: \(Counted.text(try next.readStudy().runs.count, "run"))",
          .good)
      } else {
        sayOnce("the search is over: `sweep --cluster slurm --follow` takes it into a store", .good)
      }
    } catch { sayOnce(Failure.line(error)) }
  }

  private func say(_ line: String, _ level: Notice.Level) {
    bus.post(.notice(Notice(level: level, text: line, time: Date().timeIntervalSince1970)), run: nil)
  }

  private func sayOnce(_ line: String, _ level: Notice.Level = .warning) {
    if troubles.insert(line).inserted { say(line, level) }
  }
}
