/// An invented illness with its four facts.
public struct Condition: Sendable, Equatable {
  public let name: String
  /// The part of the body that it affects.
  public let organ: String
  /// What a patient shows.
  public let sign: String
  /// The drug that treats it and nothing else.
  public let drug: Drug
}
