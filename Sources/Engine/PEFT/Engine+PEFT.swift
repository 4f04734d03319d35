import Foundation
import Messages
import Recipe

extension Engine {
  /// Refuses runs of the PEFT engine that its Python cannot carry out: once for each interpreter, before anything is queued.
  ///
  /// - Throws: `PEFTWorkerError`.
  func checkEngines(of plans: [RunPlan]) async throws {
    var known: [String?: PEFTEnvironment] = [:]
    for settings in plans.map(\.settings) where settings.engine == .peft {
      let environment: PEFTEnvironment
      if let one = known[settings.python] {
        environment = one
      } else {
        environment = try await Blocking.run { try PEFTEnvironment.of(settings.python) }
        known[settings.python] = environment
      }
      try environment.check()
      _ = try environment.device(settings)
    }
  }
}
