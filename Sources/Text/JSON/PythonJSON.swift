/// JSON as Python's json.dump writes it: NaN, Infinity and -Infinity stand bare where JSON has no number for them.
///
/// They are read as strings of the same letters: a field that is not used stops nothing, and one that is used refuses them as it
/// refuses any string. As null they would become what a field's absence means.
package struct PythonJSON {
  package let value: JSONValue
  /// The bytes are not JSON but for those words.
  private let hasWords: Bool

  package static let words = ["-Infinity", "Infinity", "NaN"]

  package init(_ bytes: [UInt8]) throws(JSONError) {
    do {
      value = try JSONParser.parse(bytes)
      hasWords = false
    } catch {
      value = try JSONParser.parse(bytes, constants: .words)
      hasWords = true
    }
  }

  /// Of a document that was made from this one, with the words as Python writes them where this one had them so.
  package func text(_ document: JSONValue) -> String {
    let text = JSONWriter.text(document)
    guard hasWords else { return text }
    return Self.words.reduce(text) { $0.replacing("\"\($1)\"", with: $1) }
  }
}
