import ArgumentParser
import Builtin
import Foundation
import Training

/// `--data` for the verbs that evaluate without training: a built-in task's name, or a file.
enum TaskArgument {
  /// - Parameter count: examples that are asked for; nil for as many as the data has.
  static func task(_ data: String, form: DataFormFlags, count: Int? = nil) throws -> any TrainingTask {
    if let (dataset, path) = PublishedDataset.reference(data) {
      return try imported(dataset, URL(fileURLWithPath: Paths.absolute(path)), count: count)
    }
    if let task = try builtin(data) { return task }
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
      file: url, evaluation: .file(path: path), reading: form.settings().reading,
      metric: metric.metric(answering: pattern))
  }

  /// A built-in task by its name, with or without an option after `@`; nil for another name.
  static func builtin(_ data: String) throws -> (any BuiltinTask)? {
    let name = String(data.prefix { $0 != "@" })
    return BuiltinTasks.all.contains { $0.name == name } ? try BuiltinTasks.named(data) : nil
  }

  /// Its evaluation part, or the whole of it where it has none: nothing is trained here.
  private static func imported(_ dataset: PublishedDataset, _ url: URL, count: Int?) throws -> ImportedTask {
    let task = try ImportedTask(dataset, at: url, trainingCount: 0, evaluationCount: count)
    return task.evaluationAvailable > 0 || dataset == .medreason
      ? task
      : try ImportedTask(dataset, at: url, evaluation: .file(path: url.path), trainingCount: 0, evaluationCount: count)
  }

  static func defaultCount(_ task: any TrainingTask) -> Int { task is any ReadData ? Int.max : 500 }
}
