import Foundation
import Recipe
import Text

/// How a person's data is read and written out for the model.
extension RunSettings {
  public var reading: DataReading {
    DataReading(
      form: dataFormat, promptField: promptField, completionField: completionField, imageField: imageField,
      imageRoot: imageRoot, groupField: groupField)
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

extension DataReading {
  /// Groups are asked for where examples are scored: a training file of which nothing is scored need not have them, and if it has one
  /// alone nothing is lost. A share that is held out of it for choosing is scored.
  public func ofTraining(
    beside source: EvaluationSource, of file: URL, tuningShare: Double? = nil
  ) -> DataReading {
    let isScored =
      switch source {
      case .share: true
      case .file(let path): path == file.path || tuningShare != nil
      case .none: tuningShare != nil
      }
    return isScored ? self : unscored
  }

  /// Of examples that are read for what they say, not for how they are scored.
  public var unscored: DataReading {
    var reading = self
    reading.groupField = nil
    return reading
  }
}
