/// A string that equals another only if the bytes do; Swift's own equality is canonical equivalence.
struct TemplateKey: Hashable {
  private let text: String

  init(_ text: String) { self.text = text }

  static func == (left: TemplateKey, right: TemplateKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}
