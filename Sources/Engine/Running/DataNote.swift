import Training

/// One line on a run's data: its form, how it is written out, and what did not fit.
enum DataNote {
  static func text(
    detected: String, rendering: String, facts: [String] = [], dataset: TokenizedDataset, withoutAnswers: [Int] = [],
    sequenceLength: Int, placeName: String
  ) -> String {
    var parts = ["\(detected), \(rendering)"]
    if dataset.truncated > 0 { parts.append("\(dataset.truncated) cut at \(sequenceLength) tokens") }
    let empty = Set(withoutAnswers)
    let cut = dataset.leftOut.filter { !empty.contains($0) }
    if !cut.isEmpty {
      parts.append("\(cut.count) left out with nothing to learn in that length \(LeftOutNotes.places(cut, placeName))")
    }
    return (parts + dataset.notes + facts).joined(separator: "; ")
  }
}
