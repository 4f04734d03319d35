/// A run in the trash folder, as a front end lists it.
public struct DeletedRun: Hashable, Codable, Sendable {
  public var id: RunID
  public var plan: RunPlan
  /// Seconds since 1970.
  public var deleted: Double
  /// Mean score, 0 to 1, where it was evaluated.
  public var score: Double?

  public init(id: RunID, plan: RunPlan, deleted: Double, score: Double?) {
    self.id = id
    self.plan = plan
    self.deleted = deleted
    self.score = score
  }
}
