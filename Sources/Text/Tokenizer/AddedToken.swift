/// A token that is looked for in the text itself, before any splitting.
struct AddedToken: Sendable, Equatable {
  let id: Int32
  let content: String
  let isSpecial: Bool
  /// Looked for after normalisation, in its normalised form.
  let isNormalized: Bool
  /// Takes the white space before it, after it.
  let stripsLeft: Bool
  let stripsRight: Bool
  /// Not within a word.
  let isSingleWord: Bool
  /// What the file gives as its id, where that is another.
  var idInFile: Int?
}
