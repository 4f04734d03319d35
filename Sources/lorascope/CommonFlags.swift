import ArgumentParser
import Builtin
import Engine
import Foundation
import Messages
import Recipe
import Text
import Training

/// `--store`, on every study verb.
struct StoreFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp("The run store (default: that of config.toml, or in the XDG data folder).", valueName: "file"))
  var store: String?

  var url: URL? { store.map { URL(fileURLWithPath: Paths.absolute($0)) } ?? ConfigurationFolder.store }
}

/// `--json`, on every verb.
struct JSONFlag: ParsableArguments {
  @Flag(help: "Print one JSON object on standard output and nothing else there.") var json = false
}

/// `--model` and the thread count, on verbs that load a model.
struct ModelFlags: ParsableArguments {
  @Option(help: ArgumentHelp("'builtin', a Hugging Face model folder, or a GGUF file.", valueName: "builtin|dir"))
  var model = "builtin"

  var reference: ModelReference { Self.reference(model) }

  /// A folder of the hub's cache stands for its snapshot: runs are kept with the place that they were trained on.
  static func reference(_ model: String) -> ModelReference {
    if model == "builtin" { return .builtin }
    let path = Paths.absolute(model)
    return .folder(path: HubFolder.snapshot(of: URL(fileURLWithPath: path))?.path ?? path)
  }

  /// Where its files lie.
  func folder() throws -> URL { try ModelPlace.folder(of: reference) }
}

/// `--data` and what goes with it.
struct DataFlags: ParsableArguments {
  @Option(help: ArgumentHelp(Self.help, valueName: "task|file|name:path")) var data: String
  @Option(help: ArgumentHelp("Evaluate on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of the file for evaluation.", valueName: "share"))
  var evalShare: Double?

  static let help: String =
    "A built-in task; a JSONL, JSON, CSV or Parquet file; or a data set of the study as it was published, in a folder or file of yours: "
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

  private func source() throws -> EvaluationSource {
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

/// `--jobs`: a number, or `auto`, which takes what is faster here.
struct JobsChoice: ExpressibleByArgument, Equatable {
  /// Nil for `auto`.
  var count: Int?

  static let auto = JobsChoice(count: nil)
  private static let range = 1...64
  /// What it takes.
  static var words: String { "auto, or a whole number \(range.words)" }

  init(count: Int?) { self.count = count }

  init?(argument: String) {
    if argument == "auto" {
      self.init(count: nil)
    } else if let count = Int(argument), Self.range.contains(count) {
      self.init(count: count)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { count.map(String.init) ?? "auto" }
}

/// `--targets` and `--combinations`, parsed by the model's own vocabulary.
enum TargetArgument {
  /// - Parameter flag: the one that was given, for messages.
  static func parse(_ text: String, flag: String = "targets") throws -> Targets {
    do {
      return try Targets(parsing: text)
    } catch {
      throw CommandError("--\(flag): \(error)", status: 64)
    }
  }

  /// - Parameters:
  ///   - groups: of the base, whose combinations `all` are.
  ///   - flag: as above.
  static func parseCombinations(
    _ text: String, of groups: [TargetGroup], flag: String = "targets"
  ) throws -> [Targets] {
    switch text {
    case "all": return Targets.combinations(of: groups)
    case "article": return Targets.articleNine
    default:
      var sets: [Targets] = []
      for part in text.split(separator: ";") {
        let targets = try parse(String(part), flag: flag)
        // Named twice it is one.
        if !sets.contains(targets) { sets.append(targets) }
      }
      if sets.isEmpty { throw ValidationError("--\(flag) is empty") }
      // Seeds and data sets have commas between them, so whoever writes one here may well mean several.
      if sets.count == 1, text.contains(",") {
        StandardStreams.note(
          "--\(flag) '\(text)' is one combination, \(sets[0].label); several have semicolons between them: 'qkv;o_proj'"
        )
      }
      return sets
    }
  }
}

/// `--data` for the verbs that evaluate without training: a built-in task's name, or a file.
enum TaskArgument {
  /// - Parameters:
  ///   - count: examples that are asked for; nil for as many as the data has.
  ///   - trainingCount: examples of a published data set to show or to learn from; nil for as many as the study had.
  ///   - version: of a built-in task.
  static func task(
    _ data: String, form: DataFormFlags, count: Int? = nil, trainingCount: Int? = 0,
    version: Int = TaskVersion.present
  ) throws -> any TrainingTask {
    if let (dataset, path) = PublishedDataset.reference(data) {
      let url = URL(fileURLWithPath: Paths.absolute(path))
      return try imported(dataset, url, count: count, trainingCount: trainingCount)
    }
    if let task = try builtin(data, version: version) {
      try task.check(count: count)
      return task
    }
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
  static func builtin(_ data: String, version: Int = TaskVersion.present) throws -> (any BuiltinTask)? {
    let name = String(data.prefix { $0 != "@" })
    return BuiltinTasks.all.contains { $0.name == name } ? try BuiltinTasks.named(data, version: version) : nil
  }

  /// Its evaluation part, or the whole of it where it has none: nothing is trained here.
  private static func imported(
    _ dataset: PublishedDataset, _ url: URL, count: Int?, trainingCount: Int?
  ) throws -> ImportedTask {
    let task = try ImportedTask(dataset, at: url, trainingCount: trainingCount, evaluationCount: count)
    return task.evaluationAvailable > 0 || dataset == .medreason
      ? task
      : try ImportedTask(
        dataset, at: url, evaluation: .file(path: url.path), trainingCount: trainingCount, evaluationCount: count)
  }

  /// What is learned of it: a file's whole, a built-in task's own number.
  static func trained(_ task: any TrainingTask) -> [Example] {
    let count = (task as? any BuiltinTask)?.recommendedTrainingExamples ?? .max
    return task.examples(split: .train, count: count, seed: 0)
  }

  static func defaultCount(_ task: any TrainingTask) -> Int { task is any ReadData ? Int.max : 500 }
}
