import Foundation
import HuggingFace
import Recipe
import Text
import Transformer

/// The base model that the program brings along.
package enum BuiltinBase {
  /// What `--model` calls it, and what adapters name as their base.
  package static let name = "builtin"

  /// The folder of the base, found in SwiftPM's bundle beside the executable, in the XDG data folder, or in the checkout.
  /// - Throws: `BuiltinError.baseMissing`, which lists where it looked.
  package static func locate() throws(BuiltinError) -> URL {
    let places = candidates()
    for place in places where isBase(place) { return place }
    throw .baseMissing(searched: places.map(\.path))
  }

  /// The base and its tokenizer.
  package static func load() throws -> (model: BaseModel, tokenizer: Tokenizer) {
    let folder = try locate()
    return (try ModelFolder.load(at: folder), try Tokenizer(folder: folder))
  }

  /// Where `locate` looks, in order. `Bundle.module` is not asked: it traps when the bundle was moved away.
  package static func candidates(
    executable: URL? = executableURL(), environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [URL] {
    var places: [URL] = []
    if let executable {
      let beside = executable.deletingLastPathComponent()
      places.append(beside.appendingPathComponent("lorascope_Builtin.resources/base"))
      places.append(beside.appendingPathComponent("base"))
    }
    let data = URL(fileURLWithPath: PersonFolders(environment: environment).data, isDirectory: true)
    places.append(data.appendingPathComponent("lorascope/base"))
    // …/Sources/Builtin/BuiltinBase.swift, where it was compiled.
    places.append(
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Resources/base"))
    return places
  }

  /// The running program's own file, with links resolved.
  package static func executableURL() -> URL? {
    if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      return URL(fileURLWithPath: link)
    }
    return Bundle.main.executableURL?.resolvingSymlinksInPath()
  }

  private static func isBase(_ folder: URL) -> Bool {
    ["config.json", "model.safetensors", "tokenizer.json"].allSatisfy {
      FileManager.default.isReadableFile(atPath: folder.appendingPathComponent($0).path)
    }
  }
}

/// What can go wrong with the embedded base and its tasks.
package enum BuiltinError: ExitStatusError, Equatable {
  case unknownTask(name: String, known: [String])
  /// More examples are asked for than a task draws.
  case tooMany(task: String, asked: Int)
  /// The base was found in none of these places.
  case baseMissing(searched: [String])
  case checkpoint(path: String, reason: String)
  case options(String)
  /// What follows a task's name or a data set's in `--data`.
  case dataOption(String)
  /// A published data set that cannot be read: the file or folder, and what to do.
  case dataset(path: String, reason: String, exitStatus: Int32)
  case output(path: String, reason: String)
  case diverged(step: Int)

  package var description: String {
    switch self {
    case .unknownTask(let name, let known):
      "unknown built-in task \"\(name)\"; there are \(known.joined(separator: ", "))"
    case .tooMany(let task, let asked):
      "\(asked) examples of task \(task): \(BuiltinTasks.mostExamples) are the most that a built-in task draws; ask for fewer"
    case .baseMissing(let searched):
      "the embedded base is missing: looked in \(searched.joined(separator: ", ")); rebuild it with `lorascope pretrain`"
    case .checkpoint(let path, let reason):
      "\(path): not a usable pretraining checkpoint: \(reason); delete it to start again"
    case .options(let reason): "pretraining options: \(reason)"
    case .dataOption(let reason): reason
    case .dataset(let path, let reason, _): "\(path): \(reason)"
    case .output(let path, let reason): "\(path): cannot write: \(reason)"
    case .diverged(let step): "the loss stopped being a number at step \(step); lower the learning rate"
    }
  }

  /// The exit status of a command that ends in this error.
  package var exitStatus: Int32 {
    switch self {
    case .unknownTask, .options, .dataOption, .tooMany: 64
    case .dataset(_, _, let status): status
    case .baseMissing: 66
    case .checkpoint, .diverged: 65
    case .output: 73
    }
  }
}
