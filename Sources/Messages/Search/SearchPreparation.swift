/// A search that was not begun: what would be asked, with what was left open filled in, and the plan that would decide.
public struct SearchPreparation: Hashable, Sendable {
  public var request: SearchRequest
  /// Before the look at the base, if it asks for one.
  package var plan: SearchPlan

  package init(request: SearchRequest, plan: SearchPlan) { (self.request, self.plan) = (request, plan) }
}
