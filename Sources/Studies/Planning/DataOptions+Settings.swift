import HuggingFace
import Messages
import Recipe
import Training

extension DataOptions {
  /// What a plan's settings say of its data.
  ///
  /// - Throws: `StudyError` for a name that is not known.
  public init(_ settings: RunSettings) throws {
    self.init()
    promptField = settings.promptField
    completionField = settings.completionField
    imageField = settings.imageField
    imageRoot = settings.imageRoot
    chatTemplate = settings.chatTemplate
    form = try settings.dataFormat.map { try Self.named($0, "data format") }
    turns = try settings.turns.map { try Self.named($0, "choice of turns") } ?? .all
  }

  private static func named<Value: RawRepresentable & CaseIterable>(
    _ name: String, _ what: String
  ) throws -> Value where Value.RawValue == String {
    guard let value = Value(rawValue: name) else {
      let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw StudyError("unknown \(what) \"\(name)\"; there are \(names)", exitStatus: 64)
    }
    return value
  }
}
