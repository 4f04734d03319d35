import ArgumentParser
import Builtin
import Foundation
import Messages
import Text

/// `--store`, on every study verb.
struct StoreFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The run store (default: in the XDG data folder).", valueName: "file"))
  var store: String?

  var url: URL? { store.map { URL(fileURLWithPath: Paths.absolute($0)) } }
}

/// `--json`, on every verb.
struct JSONFlag: ParsableArguments {
  @Flag(help: "Print one JSON object on standard output and nothing else there.") var json = false
}

/// `--model` and the thread count, on verbs that load a model.
struct ModelFlags: ParsableArguments {
  @Option(help: ArgumentHelp("'builtin', or a Hugging Face model folder.", valueName: "builtin|dir"))
  var model = "builtin"

  /// A folder of the hub's cache stands for its snapshot: runs are kept with the place that they were trained on.
  var reference: ModelReference {
    if model == "builtin" { return .builtin }
    let path = Paths.absolute(model)
    return .folder(path: HubFolder.snapshot(of: URL(fileURLWithPath: path))?.path ?? path)
  }
}

/// `--data` and what goes with it.
struct DataFlags: ParsableArguments {
  @Option(help: ArgumentHelp(Self.help, valueName: "task|file|name:path")) var data: String
  @Option(help: ArgumentHelp("Evaluate on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of the file for evaluation.", valueName: "share"))
  var evalShare: Double?

  static let help: String =
    "A built-in task; a JSONL, JSON or CSV file; or a data set of the study as it was published, in a folder or file of yours: "
    + "medmcqa:PATH, with one of " + PublishedDataset.allCases.map(\.rawValue).joined(separator: ", ") + "."

  func validate() throws {
    if eval != nil, evalShare != nil { throw ValidationError("give --eval or --eval-share, not both") }
    if let evalShare, !(evalShare > 0 && evalShare < 1) {
      throw ValidationError("--eval-share must be between 0 and 1, not \(evalShare)")
    }
  }

  /// A task's name, with or without an option after `@`, wins over a file of the same name; `./name` means the file.
  func reference(taskNames: [String]) throws -> DataReference {
    if let (dataset, path) = PublishedDataset.reference(data) {
      return .published(name: dataset.rawValue, path: Paths.absolute(path), evaluation: try source())
    }
    if taskNames.contains(String(data.prefix { $0 != "@" })) {
      _ = try BuiltinTasks.named(data)
      if eval != nil || evalShare != nil {
        throw ValidationError("the built-in task '\(data)' brings its own evaluation split: leave out --eval")
      }
      return .task(name: data)
    }
    let path = Paths.absolute(data)
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        "no file '\(data)' and no built-in task of that name (tasks: \(taskNames.joined(separator: ", ")))",
        status: 66)
    }
    return .file(path: path, evaluation: try source())
  }

  private func source() throws -> DataReference.EvaluationSource {
    if let eval, !FileManager.default.fileExists(atPath: Paths.absolute(eval)) {
      throw CommandError("no evaluation file '\(eval)'", status: 66)
    }
    return if let eval { .file(path: Paths.absolute(eval)) } else if let evalShare { .share(evalShare) } else { .none }
  }
}

enum Paths {
  /// Relative paths are the caller's: they are resolved before they are stored with a run.
  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: PersonFolders.current.expandingTilde(path)).standardizedFileURL.path
  }
}
