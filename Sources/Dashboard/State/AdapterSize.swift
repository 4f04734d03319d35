import Messages
import Recipe

extension DashboardState {
  /// Adapter parameters of a set under the form's settings; nil without a model.
  package func adapterParameters(_ targets: Targets) -> Int? {
    snapshot.model?.adapterParameters(targets, rank: setup.settings.rank, useDoRA: setup.settings.useDoRA)
  }
}

extension ModelSummary {
  /// Of a run under its own settings.
  func adapterParameters(_ plan: RunPlan) -> Int {
    adapterParameters(plan.targets, rank: plan.settings.rank, useDoRA: plan.settings.useDoRA)
  }
}
