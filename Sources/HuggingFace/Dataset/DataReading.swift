/// What a person says of a data file instead of having it detected.
public struct DataReading: Sendable, Equatable, Codable {
  public var form: DataForm?
  /// The field or column of what is asked; `prompt` by default.
  public var promptField: String?
  /// The field or column of what is answered; `completion` by default.
  public var completionField: String?

  public init(form: DataForm? = nil, promptField: String? = nil, completionField: String? = nil) {
    self.form = form
    self.promptField = promptField
    self.completionField = completionField
  }

  var prompt: String { promptField ?? "prompt" }
  var completion: String { completionField ?? "completion" }
}
