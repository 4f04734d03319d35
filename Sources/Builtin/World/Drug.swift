/// An invented drug with its two facts.
public struct Drug: Sendable, Equatable {
  public let name: String
  /// The class of drugs that it belongs to.
  public let family: String
  /// Its side effect.
  public let effect: String
}
