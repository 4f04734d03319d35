import Recipe

/// Everything that determines a run: with the base's weights and the data, the same plan gives the same bits.
public struct RunPlan: Hashable, Codable, Sendable {
  public var model: ModelReference
  public var data: DataReference
  public var targets: Targets
  public var settings: RunSettings

  public init(model: ModelReference, data: DataReference, targets: Targets, settings: RunSettings) {
    self.model = model
    self.data = data
    self.targets = targets
    self.settings = settings
  }

  /// Nothing carries an adapter and nothing is trained: the base itself is evaluated.
  public var isBaseline: Bool { targets.isEmpty }

  /// The evaluation of the base that this run's score is seen against: the same for all runs of a model on a data set that are
  /// evaluated alike. Nil where nothing is evaluated, and for a baseline itself.
  public var baseline: RunPlan? {
    if isBaseline || settings.evaluationExamples == 0 { return nil }
    if case .file(_, evaluation: .none) = data { return nil }
    return RunPlan(model: model, data: data, targets: [], settings: settings.evaluationOnly)
  }
}

/// A base model: the embedded one, or a Hugging Face folder.
public enum ModelReference: Hashable, Codable, Sendable {
  case builtin
  case folder(path: String)

  public var displayName: String {
    switch self {
    case .builtin: "builtin"
    case .folder(let path): Self.name(of: path)
    }
  }

  /// The last part of a path; of a snapshot in the hub's cache (`models--org--name/snapshots/…`) the model's own name.
  private static func name(of path: String) -> String {
    let parts = path.split(separator: "/")
    if parts.count > 2, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") {
      return String(parts[parts.count - 3].dropFirst("models--".count).replacing("--", with: "/"))
    }
    return parts.last.map(String.init) ?? path
  }
}

/// Training data: a built-in task by name, a person's own file, or a published data set's folder or file.
public enum DataReference: Hashable, Codable, Sendable {
  case task(name: String)
  case file(path: String, evaluation: EvaluationSource)
  /// `name` is the built-in task's that stands in for it. With no evaluation named, the folder's own evaluation part is taken.
  case published(name: String, path: String, evaluation: EvaluationSource)

  public var displayName: String {
    switch self {
    case .task(let name): name
    case .file(let path, _): Self.lastPart(of: path)
    case .published(let name, let path, _): "\(name):\(Self.lastPart(of: path))"
    }
  }

  /// Whether it is generated and not read from files.
  public var isBuiltin: Bool { if case .task = self { true } else { false } }

  private static func lastPart(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
