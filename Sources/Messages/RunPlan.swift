/// Everything that determines a run: with the base's weights and the data, the same plan gives the same bits.
public struct RunPlan: Hashable, Codable, Sendable {
  public var model: ModelReference
  public var data: DataReference
  public var targets: TargetSet
  public var settings: RunSettings

  public init(model: ModelReference, data: DataReference, targets: TargetSet, settings: RunSettings) {
    self.model = model
    self.data = data
    self.targets = targets
    self.settings = settings
  }
}

/// A base model: the embedded one, or a Hugging Face folder.
public enum ModelReference: Hashable, Codable, Sendable {
  case builtin
  case folder(path: String)

  public var displayName: String {
    switch self {
    case .builtin: "builtin"
    case .folder(let path): path.split(separator: "/").last.map(String.init) ?? path
    }
  }
}

/// Training data: a built-in task by name, or a person's own file.
public enum DataReference: Hashable, Codable, Sendable {
  case task(name: String)
  case file(path: String, evaluation: EvaluationSource)

  public enum EvaluationSource: Hashable, Codable, Sendable {
    case none
    case file(path: String)
    /// A seeded share (0 to 1) of the training file is held out.
    case share(Double)
  }

  public var displayName: String {
    switch self {
    case .task(let name): name
    case .file(let path, _): path.split(separator: "/").last.map(String.init) ?? path
    }
  }
}
