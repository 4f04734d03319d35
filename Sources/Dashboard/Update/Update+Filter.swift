import Messages
import Terminal

/// Tab in the filter of runs.
extension Update {
  /// The one way in which the word at the cursor can go on; of several what they have in common, and all of them as a message.
  mutating func completeFilter(_ edit: inout FieldEdit) {
    let (range, names) = RunFilter.completions(edit.field.text, cursor: edit.field.cursor)
    guard let first = names.first else { return }
    let common = names.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
    if common.count >= range.count { edit.field.replace(range, with: common) }
    state.runs.filter = edit.field.text
    edit.message = names.count == 1 ? RunFilter.about(first) : names.joined(separator: " ")
  }
}

extension String {
  fileprivate func commonPrefix(with other: String) -> String { String(zip(self, other).prefix { $0 == $1 }.map(\.0)) }
}
