import Messages
import Recipe

/// Settings that a plan for a data set starts from.
public enum RecommendedSettings {
  /// A built-in task's own; for a published data set the general defaults with a length that its examples need; for a person's file the general
  /// defaults.
  ///
  /// - Throws: `BuiltinError` for a task that there is not; what reading a published data set throws.
  public static func of(_ data: DataReference) throws -> RunSettings {
    switch data {
    case .file: RunSettings()
    case .task, .published: try DataCatalogue.summary(of: data).recommendedSettings
    }
  }
}
