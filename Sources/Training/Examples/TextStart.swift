/// Whether a text begins with a token of its own, and whether the model's folder asks for one.
public struct TextStart: Sendable, Equatable, Codable {
  /// The token as the tokenizer writes it; nil where a text begins with its own first token.
  public var token: String?
  /// Whether the chat template writes it, rather than the tokenizer.
  public var isOfTemplate: Bool
  /// What `add_bos_token` says; nil where it says nothing.
  public var isAskedFor: Bool?

  public init(token: String?, isOfTemplate: Bool, isAskedFor: Bool?) {
    self.token = token
    self.isOfTemplate = isOfTemplate
    self.isAskedFor = isAskedFor
  }

  /// One line for a person.
  public var description: String {
    let source = isOfTemplate ? "the chat template" : "tokenizer.json"
    if let token {
      let other =
        isAskedFor == false && !isOfTemplate ? ", though tokenizer_config.json says add_bos_token: false" : ""
      return "a text begins with \(token), from \(source)\(other)"
    }
    let other =
      isAskedFor == true && !isOfTemplate
      ? ", though tokenizer_config.json says add_bos_token: true (transformers 4 adds the token, transformers 5 does not)"
      : ""
    return "a text begins with no token of its own: \(source) adds none\(other)"
  }
}
