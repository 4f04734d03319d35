import Messages

/// A part of a study about which the recommendations can be asked.
public struct StudyScope: Sendable {
  public var name: String
  public var datasets: [StudyDataset]

  static let whole = "all data sets"

  /// The whole first, then by modality, reasoning traces, difficulty and data set; a part that would be the whole is left out.
  public static func all(_ table: StudyTable, hardBelow: Double) -> [StudyScope] {
    var scopes = [StudyScope(name: whole, datasets: table.datasets)]
    func add(_ name: String, _ isIn: (StudyDataset) -> Bool) {
      let part = table.datasets.filter(isIn)
      if !part.isEmpty, part.count < table.datasets.count { scopes.append(StudyScope(name: name, datasets: part)) }
    }
    add("text") { $0.modality == .text }
    add("image") { $0.modality == .image }
    add("with reasoning traces") { $0.reasoning }
    add("without reasoning traces") { !$0.reasoning }
    let limit = Text.fixed(hardBelow, 0)
    add("hard: the base under \(limit) %") { isHard($0, hardBelow) }
    add("easier: the base at \(limit) % or more") { ($0.base?.mean ?? -1) >= hardBelow }
    for dataset in table.datasets { add(dataset.name) { $0.name == dataset.name } }
    return scopes
  }

  static func isHard(_ dataset: StudyDataset, _ hardBelow: Double) -> Bool {
    (dataset.base?.mean ?? .infinity) < hardBelow
  }
}
