import Foundation
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// With whose kernels a run computes, and the memory that they need.
extension RunSession {
  private var launch: PEFTLaunch {
    PEFTLaunch(id: id, plan: plan, environment: environment, control: control, threads: team.threads)
  }

  /// With whose kernels the run computes.
  func kernels(
    _ base: LoadedBase, _ adapter: LoRAAdapter
  ) throws -> (name: String, steps: (any StepComputing)?) {
    guard let peft else { return (InstructionSet.current.rawValue, nil) }
    try launch.load(peft, base: base, adapter: adapter)
    report.notice(.info, "#\(id): \(try launch.words(peft))")
    return (try launch.instructionSet(peft), peft)
  }

  // MARK: Memory

  /// The run's flag ended it while it waited for memory.
  struct EndedWhileWaiting: Error {}

  /// Waits until the other runs leave the memory that this one needs; refuses what would not fit alone.
  func reserve(_ need: RunMemory) throws {
    if plan.settings.engine == .peft { peft = try launch.worker() }
    let total = try peft.map { try launch.memory(need, $0) } ?? need.total
    var isWaiting = false
    while let shortage = try environment.memory.promise(
      total, to: id, subject: "run \(id): adapter, activations and caches", advice: need.advice)
    {
      if !isWaiting {
        report.notice(
          .warning, "#\(id) waits for the memory of the runs beside it (fewer --jobs need less): \(shortage)")
      }
      isWaiting = true
      if control.mustEnd { throw EndedWhileWaiting() }
      Thread.sleep(forTimeInterval: 0.1)
    }
    if isWaiting { report.notice(.good, "#\(id) goes on") }
  }
}
