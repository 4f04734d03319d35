import Recipe

/// Why the PEFT engine's worker is of no use: one line each, what and what to do.
package enum PEFTWorkerError: ExitStatusError, Equatable {
  case noInterpreter(String)
  case cannotStart(String, String)
  /// Packages that the interpreter lacks.
  case missing(python: String, version: String, packages: [String])
  /// A package that is there and cannot be loaded.
  case broken(python: String, reason: String)
  case version(found: Int?)
  case died(how: String, lastWords: String?, log: String)
  case nonsense(start: String, log: String)
  case silent(seconds: Int)
  case noGPU(python: String, torch: String)
  /// What the worker says itself.
  case refused(cause: String, text: String)
  /// What this engine does not hand over.
  case unfit(String)

  package var description: String {
    switch self {
    case .noInterpreter(let name):
      "no Python interpreter '\(OneLine.text(name))': name one that has torch, transformers and peft with --python"
    case .cannotStart(let name, let reason):
      "the Python interpreter '\(OneLine.text(name))' cannot be started: \(reason)"
    case .missing(let python, let version, let packages):
      "\(OneLine.text(python)) (Python \(OneLine.text(version))) has no \(packages.joined(separator: ", no ")): "
        + "pip install \(packages.joined(separator: " ")), or name another interpreter with --python"
    case .broken(let python, let reason):
      "\(OneLine.text(python)) cannot load \(OneLine.text(reason)); `lorascope doctor` says which versions it has"
    case .version(let found):
      "the PEFT worker speaks version \(found.map(String.init) ?? "none") of the protocol, this lorascope version "
        + "\(PEFTProtocol.version): install both anew from one source"
    case .died(let how, let lastWords, let log):
      "the PEFT worker ended \(how)"
        + (lastWords.map { ": \(Self.short($0))" } ?? "") + " (all of it in \(OneLine.text(log))); "
        + "resume goes on from the last checkpoint"
    case .nonsense(let start, let log):
      "the PEFT worker wrote what is no answer: '\(Self.short(start))' (the rest in \(OneLine.text(log))); "
        + "resume goes on from the last checkpoint"
    case .silent(let seconds):
      "the PEFT worker had not answered \(seconds) seconds after the run was to end, and was killed; "
        + "resume goes on from the last checkpoint"
    case .noGPU(let python, let torch):
      "torch \(OneLine.text(torch)) of \(OneLine.text(python)) sees no GPU: give --device cpu or auto"
    case .refused("memory", let text):
      "PEFT has run out of memory: \(Self.short(text)); a smaller --batch-size or --sequence-length needs less, "
        + "more --gradient-accumulation keeps a step's examples"
    case .refused(_, let text): "PEFT: \(Self.short(text))"
    case .unfit(let what): what
    }
  }

  private static func short(_ text: String) -> String { String(OneLine.text(text).prefix(200)) }

  /// Of what may be otherwise the next time 69, so that the run can go on.
  package var exitStatus: Int32 {
    switch self {
    case .refused("data", _), .unfit: 65
    default: 69
    }
  }
}
