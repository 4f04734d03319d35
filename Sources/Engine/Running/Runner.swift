import Dispatch
import Foundation
import Kernels
import Messages
import Training

/// One run on its own serial queue, so that Swift's cooperative pool never runs a kernel.
///
/// It takes one step, then looks at its flag: go on, pause, stop. All of its events are emitted on that queue, in order.
final class Runner: Sendable {
  let id: RunID
  let plan: RunPlan
  let control = RunControl()
  private let environment: RunEnvironment
  private let queue: DispatchQueue

  init(id: RunID, plan: RunPlan, environment: RunEnvironment) {
    self.id = id
    self.plan = plan
    self.environment = environment
    queue = DispatchQueue(label: "lorascope.run.\(id)", qos: .userInitiated)
  }

  /// Trains and scores, from the checkpoint if there is one; `completion` is called on the runner's queue at the end.
  /// - Parameter known: the run as it was left: what it has scored already is not done again.
  func start(known: RunSummary?, team: WorkerTeam, completion: @escaping @Sendable (RunOutcome) -> Void) {
    queue.async { [self] in
      if plan.isBaseline {
        let session = BaselineSession(id: id, plan: plan, control: control, environment: environment, team: team)
        return completion(session.run())
      }
      let session = RunSession(
        id: id, plan: plan, control: control, environment: environment, team: team, known: known)
      completion(session.run())
    }
  }

  /// Measures TPOT, interleaved with the base; nothing else may train meanwhile.
  func measure(_ trained: TrainedRun, team: WorkerTeam, completion: @escaping @Sendable (RunOutcome) -> Void) {
    queue.async { [self] in
      let measurement = LatencyMeasurement(
        id: id, plan: plan, control: control, environment: environment, team: team)
      completion(measurement.run(trained))
    }
  }

  /// Measures a finished run's TPOT again; `completion` is called on the runner's queue at the end.
  func measureAgain(_ known: RunSummary, team: WorkerTeam, completion: @escaping @Sendable (Remeasurement) -> Void) {
    queue.async { [self] in
      let measurement = LatencyMeasurement(
        id: id, plan: plan, control: control, environment: environment, team: team)
      completion(measurement.again(known))
    }
  }
}
