import Foundation
import Recipe

/// What can go wrong with the embedded base and its tasks.
public enum BuiltinError: ExitStatusError, Equatable {
  case unknownTask(name: String, known: [String])
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

  public var description: String {
    switch self {
    case .unknownTask(let name, let known):
      "unknown built-in task \"\(name)\"; there are \(known.joined(separator: ", "))"
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
  public var exitStatus: Int32 {
    switch self {
    case .unknownTask, .options, .dataOption: 64
    case .dataset(_, _, let status): status
    case .baseMissing: 66
    case .checkpoint, .diverged: 65
    case .output: 73
    }
  }
}
