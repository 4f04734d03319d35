import Training

/// The built-in tasks by the names that `--data` takes.
public enum BuiltinTasks {
  public static let all: [any BuiltinTask] = [
    MedMCQATask(), CoCoHDTask(), FinCoTTask(), GovReportTask(), MedReasonTask(), LLaVACoTTask(), InvoiceOCRTask(),
  ]

  /// - Throws: `BuiltinError.unknownTask`, which lists the tasks that there are; `BuiltinError.dataOption` for an option after `@` that no task has.
  public static func named(_ name: String) throws(BuiltinError) -> any BuiltinTask {
    let name = name.lowercased()
    if let task = all.first(where: { $0.name == name }) { return task }
    if let task = try GovReportTask.named(name) { return task }
    throw .unknownTask(name: name, known: all.map(\.name))
  }
}
