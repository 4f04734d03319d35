import Foundation

/// What is done to a text before it is cut into words.
enum Normalizer: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  func apply(_ text: [UInt32]) -> [UInt32] {
    // Below U+0300 nothing combines; ASCII has no other form at all.
    let limit: UInt32 = self == .nfc ? 0x300 : 0x80
    if text.allSatisfy({ $0 < limit }) { return text }
    var view = String.UnicodeScalarView()
    for value in text { if let scalar = Unicode.Scalar(value) { view.append(scalar) } }
    let string = String(view)
    let result =
      switch self {
      case .nfc: string.precomposedStringWithCanonicalMapping
      case .nfd: string.decomposedStringWithCanonicalMapping
      case .nfkc: string.precomposedStringWithCompatibilityMapping
      case .nfkd: string.decomposedStringWithCompatibilityMapping
      }
    return result.unicodeScalars.map(\.value)
  }
}
