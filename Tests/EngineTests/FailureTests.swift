import Analysis
import Engine
import Kernels
import Recipe
import Testing
import Transformer

/// Whoever ends a verb asks the error for its status, and guesses nothing.
@Suite struct FailureTests {
  private struct Unknown: Error {}

  @Test(
    arguments: [
      (Refusal("no", exitStatus: 64), 64), (StudyError("no", exitStatus: 73), 73),
      (TargetError.empty(candidates: []), 64),
      (AdapterError.noTargets, 65), (ModelError.configuration("no"), 65),
      (Unknown(), 70),
    ] as [(any Error & Sendable, Int32)])
  func theStatusIsTheErrors(error: any Error & Sendable, status: Int32) {
    #expect(Failure.exitStatus(error) == status)
  }

  @Test func aWrongInstructionSetIsUsage() {
    let error = #expect(throws: InstructionSetError.self) {
      try InstructionSet.resolve("foo", available: [.baseline])
    }
    #expect(error.map { Failure.exitStatus($0) } == 64)
  }
}
