extension TokenizedDataset {
  /// The same with every example cut at a length; those with nothing left to learn are left out.
  ///
  /// - Parameter ids: of the examples that were tokenised, in their order.
  package func cut(to sequenceLength: Int, ids: [Int]) -> TokenizedDataset {
    var result = self
    result.examples = []
    result.truncated = 0
    var from = examples.startIndex
    // What one record makes stands together.
    while from < examples.endIndex {
      let index = examples[from].exampleIndex
      let to = examples[from...].firstIndex { $0.exampleIndex != index } ?? examples.endIndex
      result.add(Array(examples[from..<to]), cutTo: sequenceLength, id: ids[index])
      from = to
    }
    result.leftOut.sort()
    return result
  }
}
