import Training

/// The built-in tasks by the names that `--data` takes.
public enum BuiltinTasks {
  public static let all: [any BuiltinTask] = [MedMCQATask(), CoCoHDTask(), LLaVACoTTask(), InvoiceOCRTask()]

  /// - Throws: `BuiltinError.unknownTask`, which lists the tasks that there are.
  public static func named(_ name: String) throws(BuiltinError) -> any BuiltinTask {
    guard let task = all.first(where: { $0.name == name.lowercased() }) else {
      throw .unknownTask(name: name, known: all.map(\.name))
    }
    return task
  }
}
