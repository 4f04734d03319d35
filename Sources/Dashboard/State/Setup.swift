import Foundation
import Messages
import Recipe
import Synchronization

/// What the next run will be: the form's settings, its seeds, and the checklist's set.
package struct Setup: Sendable, Equatable {
  package var targets: Targets = [.qkv, .oProj]
  package var settings = RunSettings()
  package var seeds: [UInt64] = [0]
  /// Fields that a person changed; the others follow the data's recommended settings.
  package var touched: Set<SetupField> = []
  /// The data whose recommendation was taken last.
  package var recommendedFor: DataReference?
  /// The run that it began with, as long as a person does not go back to the built-in base.
  package var origin: RunID?
  /// What that run was trained with, until its data is chosen.
  private var adopted: RunPlan?
  /// Commands that choose its model and data and have no answer yet.
  var adoptionsAwaited = 0

  package init() {}

  /// Takes the recommended settings of newly chosen data; what a person has set stays.
  package mutating func follow(_ data: DataSummary?) {
    guard let data, data.reference != recommendedFor else { return }
    recommendedFor = data.reference
    if let plan = adopted, plan.data == data.reference {
      adopted = nil
      settings = plan.settings
      settings.seed = RunSettings().seed
      touched = Set(SetupField.allCases.filter { $0.differs(settings, data.recommendedSettings) })
      return
    }
    let mine = settings
    settings = data.recommendedSettings
    for field in touched { field.copy(from: mine, to: &settings) }
  }

  /// Begins with what a run was trained with; its settings are taken when its data is there.
  mutating func begin(with run: RunSummary) {
    origin = run.id
    adopted = run.plan
    recommendedFor = nil
  }

  /// Back to the built-in base and what is recommended for its data.
  mutating func beginAnew() {
    origin = nil
    adopted = nil
    touched = []
    recommendedFor = nil
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

/// The module checklist's rows: the model's groups, each of which unfolds into its single projections, and the vision tower where the
/// model has one.
package struct Checklist: Sendable, Equatable {
  package enum Row: Hashable, Sendable {
    case group(TargetGroup)
    case module(LinearModule)
    case vision

    package var set: Targets {
      switch self {
      case .group(let group): group.set
      case .module(let module): Targets(modules: [module])
      case .vision: .vision
      }
    }
  }

  package var unfolded: Set<TargetGroup> = []
  package var cursor = Row.group(.qkv)
  /// The model's; the article's four until there is a model.
  package var groups = TargetGroup.article
  /// The model has a vision tower.
  package var hasVision = false

  package init() {}

  package var rows: [Row] {
    let decoder = groups.flatMap { group -> [Row] in
      guard unfolded.contains(group) else { return [.group(group)] }
      return [.group(group)] + group.modules.map { .module($0) }
    }
    return hasVision ? decoder + [.vision] : decoder
  }

  package var index: Int { rows.firstIndex(of: cursor) ?? 0 }

  /// nil: the row unfolds into nothing.
  package func group(of row: Row) -> TargetGroup? {
    switch row {
    case .group(let group): group
    case .module(let module): module.group
    case .vision: nil
    }
  }

  package mutating func unfold() { if let group = group(of: cursor) { unfolded.insert(group) } }

  package mutating func fold() {
    guard let group = group(of: cursor) else { return }
    unfolded.remove(group)
    cursor = .group(group)
  }
}

/// The layers of the checklist's rows, as text and back.
extension Setup {
  /// The layers of a row's projections where they are restricted alike; nil where nothing is, or each has its own.
  package func layersText(of set: Targets) -> String? {
    let layers = targets.layers(of: set)
    guard layers.count == 1, let layers = layers.first ?? nil, layers != .every else { return nil }
    return layers.description
  }

  /// Switches a row on in the typed layers; an empty text means all of them.
  /// - Parameter count: the layers of the model, or of its vision tower where the row is that, where they are known.
  /// - Returns: what is wrong with the text, one line, or nil when it was taken.
  package mutating func setLayers(_ text: String, of set: Targets, count: Int?) -> String? {
    let text = text.trimmed
    if text.isEmpty {
      targets.setLayers(.every, of: set)
      return nil
    }
    do {
      let layers = try LayerSelection(parsing: text)
      if let count, let problem = layers.problem(in: count) { return problem }
      targets.setLayers(layers, of: set)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

extension DashboardState {
  /// Layers of the model, or of its vision tower where the row is that; nil without a model.
  package func layerCount(of set: Targets) -> Int? {
    set.isDisjoint(with: .vision) ? snapshot.model?.layers : snapshot.model?.visionLayers
  }

  /// Adapter parameters of a set under the form's settings; nil without a model.
  package func adapterParameters(_ targets: Targets) -> Int? {
    adapterParameters([targets])?[0]
  }

  /// The same of several sets; the settings are compared once for all of them.
  package func adapterParameters(_ sets: [Targets]) -> [Int]? {
    snapshot.model.map { remembered.counts.counts(of: sets, $0, setup.settings) }
  }
}

/// Adapter parameters of sets of modules, for as long as model and settings stay the same: to count them goes through all linear layers, and a
/// frame asks for some sets a dozen times.
final class RememberedCounts: Sendable {
  private struct Known {
    var model: ModelReference
    var fingerprint: String
    var settings: RunSettings
    var counts: [Targets: Int] = [:]
  }

  private let known = Mutex<Known?>(nil)

  func counts(of sets: [Targets], _ model: ModelSummary, _ settings: RunSettings) -> [Int] {
    known.withLock { known in
      var now =
        known.flatMap { known in
          known.fingerprint == model.fingerprint && known.model == model.reference && known.settings == settings
            ? known : nil
        } ?? Known(model: model.reference, fingerprint: model.fingerprint, settings: settings)
      known = nil
      defer { known = now }
      return sets.map { targets in
        if let count = now.counts[targets] { return count }
        let count = model.adapterParameters(targets, settings)
        now.counts[targets] = count
        return count
      }
    }
  }
}

extension ModelSummary {
  /// Adapter parameters of a run under its own settings.
  func adapterParameters(_ plan: RunPlan) -> Int {
    adapterParameters(plan.targets, plan.settings)
  }
}
