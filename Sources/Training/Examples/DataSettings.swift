import Foundation
import Recipe
import Text

/// How a person's data is read and written out for the model.
extension RunSettings {
  public var reading: DataReading {
    DataReading(
      form: dataFormat, promptField: promptField, completionField: completionField, imageField: imageField,
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

  public var trainedTurns: TrainedTurns { turns ?? .all }

  /// How the examples are written out, in words.
  public func rendering(_ chat: ChatTemplate?) -> String {
    guard chat != nil else { return "plain text" }
    return chatTemplate.map { "chat template \($0)" } ?? "the model's chat template"
  }
}
