import Training

/// One line on a run's data: its form, how it is written out, and what did not fit.
enum DataNote {
  private static let mostNamed = 8

  static func text(
    detected: String, rendering: String, facts: [String] = [], dataset: TokenizedDataset, sequenceLength: Int,
    placeName: String
  ) -> String {
    var parts = ["\(detected), \(rendering)"]
    if dataset.truncated > 0 { parts.append("\(dataset.truncated) cut at \(sequenceLength) tokens") }
    if !dataset.leftOut.isEmpty {
      let named = dataset.leftOut.prefix(mostNamed).map(String.init).joined(separator: ", ")
      let more = dataset.leftOut.count > mostNamed ? ", …" : ""
      parts.append(
        "\(dataset.leftOut.count) left out with nothing to learn in that length (\(placeName) \(named)\(more))")
    }
    return (parts + dataset.notes + facts).joined(separator: "; ")
  }
}
