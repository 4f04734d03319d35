import Foundation
import Recipe
import Text

/// How a person's data is read and written out for the model.
public struct DataOptions: Sendable, Equatable, Codable {
  /// nil detects it.
  public var form: DataForm?
  public var promptField: String?
  public var completionField: String?
  /// The field or column of pictures, or `none`; nil takes `image` or `images`.
  public var imageField: String?
  /// The folder of pictures; nil takes the data file's own.
  public var imageRoot: String?
  /// A built-in template's name, a file's path, or `none` for plain text; nil takes the model's own, if it has one.
  public var chatTemplate: String?
  public var turns: TrainedTurns = .all

  public init() {}

  /// What a run's settings say of its data.
  public init(_ settings: RunSettings) {
    form = settings.dataFormat
    promptField = settings.promptField
    completionField = settings.completionField
    imageField = settings.imageField
    imageRoot = settings.imageRoot
    chatTemplate = settings.chatTemplate
    turns = settings.turns ?? .all
  }

  public var reading: DataReading {
    DataReading(
      form: form, promptField: promptField, completionField: completionField, imageField: imageField,
      imageRoot: imageRoot)
  }

  /// The template for the model of a folder; nil for plain text.
  ///
  /// - Throws: `ChatTemplateError`, `FileError`.
  public func chat(modelFolder: URL) throws -> ChatTemplate? {
    switch chatTemplate {
    case nil: try ChatTemplate.read(folder: modelFolder)
    case "none"?: nil
    case let name?: try ChatTemplate.named(name, folder: modelFolder)
    }
  }

  /// How the examples are written out, in words.
  public func rendering(_ chat: ChatTemplate?) -> String {
    guard chat != nil else { return "plain text" }
    return chatTemplate.map { "chat template \($0)" } ?? "the model's chat template"
  }
}
