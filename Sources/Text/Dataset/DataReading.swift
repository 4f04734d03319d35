import Recipe

/// What a person says of a data file instead of having it detected.
public struct DataReading: Sendable, Equatable, Codable {
  public var form: DataForm?
  /// The field or column of what is asked; `prompt` by default.
  public var promptField: String?
  /// The field or column of what is answered; `completion` by default.
  public var completionField: String?
  /// The field or column of pictures; `image` or `images` by default, and `none` reads neither.
  public var imageField: String?
  /// The folder that pictures lie in, if it is not the data file's own.
  public var imageRoot: String?

  public init(
    form: DataForm? = nil, promptField: String? = nil, completionField: String? = nil, imageField: String? = nil,
    imageRoot: String? = nil
  ) {
    self.form = form
    self.promptField = promptField
    self.completionField = completionField
    self.imageField = imageField
    self.imageRoot = imageRoot
  }

  var prompt: String { promptField ?? "prompt" }
  var completion: String { completionField ?? "completion" }
  /// The fields of which the first that is there holds pictures.
  var images: [String] { imageField.map { $0 == "none" ? [] : [$0] } ?? ["images", "image"] }
}
