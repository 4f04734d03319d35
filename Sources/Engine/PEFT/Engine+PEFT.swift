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

  /// What a run's Python has, before there is a run.
  ///
  /// - Throws: `PEFTWorkerError` for what it lacks.
  func facts(_ request: PEFTRequest) async throws -> PEFTFacts {
    let environment = try await Blocking.run { try PEFTEnvironment.of(request.python) }
    try environment.check()
    var settings = RunSettings()
    (settings.engine, settings.device, settings.loadIn) = (.peft, request.device, request.loadIn)
    let device = try environment.device(settings)
    return PEFTFacts(
      packages: environment.packages.mapValues(OneLine.text), device: device,
      gpu: device == .cuda ? environment.gpus.first.map { OneLine.text($0.name) } : nil)
  }
}
