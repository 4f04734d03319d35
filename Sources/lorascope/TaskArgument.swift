import ArgumentParser
import Builtin
import Foundation
import Training

/// `--data` for the verbs that evaluate without training: a built-in task's name, or a file.
enum TaskArgument {
  static func task(_ data: String, form: DataFormFlags) throws -> any TrainingTask {
    if let task = BuiltinTasks.all.first(where: { $0.name == data }) { return task }
    let path = Paths.absolute(data)
    guard FileManager.default.fileExists(atPath: path) else {
      let names = BuiltinTasks.all.map(\.name).joined(separator: ", ")
      throw CommandError("no file '\(data)' and no built-in task of that name (tasks: \(names))", status: 66)
    }
    let url = URL(fileURLWithPath: path)
    // The whole file is the evaluation split: nothing is trained here.
    let pattern = try form.answerPattern.map { try AnswerPattern($0) }
    let metric = form.metric ?? (pattern == nil ? .exactMatch : .accuracy)
    return try FileTask(
      file: url, evaluationFile: url, reading: try form.options().reading, metric: metric.metric(answering: pattern))
  }

  static func defaultCount(_ task: any TrainingTask) -> Int { task is FileTask ? Int.max : 500 }
}
