/// Where a run was trained that came into the store by its log.
///
/// The processor and its instruction set stand in what was prepared, as they do for every run.
public struct RunOrigin: Hashable, Codable, Sendable {
  /// The same for a run in whatever store it is, and for no other run.
  public var identity: String
  public var host: String
  /// What trained it, with its version: `lorascope 0.1.0`.
  public var engine: String

  public init(identity: String, host: String, engine: String) {
    self.identity = identity
    self.host = host
    self.engine = engine
  }
}
