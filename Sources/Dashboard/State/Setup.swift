import Messages
import Recipe

/// What the next run will be: the form's settings, its seeds, and the checklist's set.
package struct Setup: Sendable, Equatable {
  package var targets: Targets = [.qkv, .oProj]
  package var settings = RunSettings()
  package var seeds: [UInt64] = [0]
  /// Fields that a person changed; the others follow the data's recommended settings.
  package var touched: Set<SetupField> = []
  /// The data whose recommendation was taken last.
  package var recommendedFor: DataReference?

  package init() {}

  /// Takes the recommended settings of newly chosen data; what a person has set stays.
  package mutating func follow(_ data: DataSummary?) {
    guard let data, data.reference != recommendedFor else { return }
    recommendedFor = data.reference
    let mine = settings
    settings = data.recommendedSettings
    for field in touched { field.copy(from: mine, to: &settings) }
  }

  /// The settings of runs on a data set: those of the form on the chosen one, what suits it with a person's own changes on another.
  package func settings(of data: DataSummary, chosen: DataReference?) -> RunSettings {
    if data.reference == chosen { return settings }
    var own = data.recommendedSettings
    for field in touched { field.copy(from: settings, to: &own) }
    return own
  }

  /// The plan of one seed; nil while no model or no data is chosen.
  package func plan(seed: UInt64, model: ModelReference?, data: DataReference?) -> RunPlan? {
    guard let model, let data else { return nil }
    var settings = settings
    settings.seed = seed
    return RunPlan(model: model, data: data, targets: targets, settings: settings)
  }
}
