/// What differs between the attentions of a model's layers.
public struct LayerAttention: Sendable, Equatable, Codable {
  /// A token sees itself and this many less one before it; nil for all before it.
  public var window: Int?
  /// Which of `ModelConfiguration.rotary` turns queries and keys; nil for none.
  public var rotary: Int?

  public init(window: Int? = nil, rotary: Int? = 0) {
    self.window = window
    self.rotary = rotary
  }
}
