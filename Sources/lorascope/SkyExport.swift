import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Text

/// `sweep --export`: a study for a machine that SkyPilot starts.
struct SkyExport {
  let path: String

  private struct Report: Encodable {
    var task: String
    var plan: String
  }

  /// Writes the task and, beside it, the plan; neither takes the place of a file that is there.
  func write(_ plan: SweepPlan, _ session: StudySession, _ isJSON: Bool) async throws {
    let task = URL(fileURLWithPath: Paths.absolute(path))
    let planFile = task.deletingPathExtension().appendingPathExtension("plan.toml")
    for file in [task, planFile] where FileManager.default.fileExists(atPath: file.path) {
      throw CommandError("'\(OneLine.text(file.path))' exists: name another file", status: 73)
    }
    try await session.expect(.selectModel(plan.model))
    let bytes = await session.bus.currentSnapshot().model?.byteCount ?? 0
    await session.close()
    let text = SkyTask(plan, planPath: planFile.path, file: task.path, baseBytes: bytes).yaml
    do throws(FileError) { try OutputFile.makeFolder(task.deletingLastPathComponent().path) } catch {
      throw CommandError("cannot write '\(OneLine.text(task.path))': \(error)", status: 73)
    }
    try SweepPlanFile.write(plan, to: planFile)
    do throws(FileError) { try OutputFile.save(Array(text.utf8), to: task.path) } catch {
      throw CommandError("cannot write '\(OneLine.text(task.path))': \(error)", status: 73)
    }
    if isJSON { return try JSONOutput.print(Report(task: task.path, plan: planFile.path)) }
    print(task.path)
    print(planFile.path)
  }
}
