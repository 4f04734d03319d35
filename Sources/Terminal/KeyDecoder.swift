import CNcurses

/// Turns a terminal's bytes into keys: UTF-8, the sequences of xterm and its kin, bracketed paste and mouse reports (1006).
///
/// Feed what was read; when nothing follows within the escape time, `flush` ends what is pending.
public struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []
  /// Bytes of a paste under way.
  private var paste: [UInt8]?
  /// Whole sequences of this terminal's terminfo entry.
  private let sequences: [[UInt8]: Key]

  private static let escape: UInt8 = 0x1b
  private static let pasteEnd = Array("\u{1b}[201~".utf8)
  /// A paste beyond this is cut: fields hold far less.
  private static let pasteLimit = 1 << 20
  private static let longestSequence = 64

  public init(sequences: [[UInt8]: Key] = [:]) { self.sequences = sequences }

  /// Whether the next bytes may belong to what was already fed; then wait the escape time and `flush`.
  public var isPending: Bool { !pending.isEmpty }

  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending.append(contentsOf: bytes)
    return drain(final: false)
  }

  /// Nothing more came: a lone escape is the Escape key, a broken sequence is dropped.
  public mutating func flush() -> [Key] { paste == nil ? drain(final: true) : [] }

  private mutating func drain(final: Bool) -> [Key] {
    var keys: [Key] = []
    var index = 0
    while index < pending.count {
      if paste != nil {
        index = collectPaste(from: index, into: &keys)
        if paste != nil { break }
        continue
      }
      guard let step = decode(pending[index...], final: final) else { break }
      index += max(1, step.length)
      if step.startsPaste { paste = [] }
      if let key = step.key { keys.append(key) }
    }
    pending.removeFirst(min(index, pending.count))
    return keys
  }

  /// Moves bytes into the paste up to its end mark; keeps back what may be the mark's beginning.
  private mutating func collectPaste(from start: Int, into keys: inout [Key]) -> Int {
    let mark = Self.pasteEnd
    var index = start
    while index < pending.count {
      if pending[index] == Self.escape {
        let rest = pending[index...].prefix(mark.count)
        if Array(rest) == mark {
          keys.append(.paste(String(decoding: paste ?? [], as: UTF8.self)))
          paste = nil
          return index + mark.count
        }
        if rest.count < mark.count && mark.starts(with: rest) { return index }
      }
      if (paste?.count ?? 0) < Self.pasteLimit { paste?.append(pending[index]) }
      index += 1
    }
    return index
  }

  private struct Step {
    var length: Int
    var key: Key?
    var startsPaste = false
  }

  /// The key at the beginning of `bytes`; nil when more bytes are needed.
  private func decode(_ bytes: ArraySlice<UInt8>, final: Bool) -> Step? {
    guard let first = bytes.first else { return nil }
    if first == Self.escape { return decodeEscape(bytes, final: final) }
    if first < 0x20 || first == 0x7f { return Step(length: 1, key: Self.control(first)) }
    if first < 0x80 { return Step(length: 1, key: .character(Character(Unicode.Scalar(first)))) }
    let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard first >= 0xc2, first < 0xf5 else { return Step(length: 1, key: nil) }
    let sequence = bytes.prefix(length)
    if let bad = sequence.dropFirst().firstIndex(where: { $0 & 0xc0 != 0x80 }) {
      return Step(length: bad - bytes.startIndex, key: nil)
    }
    guard sequence.count == length else { return final ? Step(length: sequence.count, key: nil) : nil }
    guard let character = String(validating: sequence, as: UTF8.self)?.first else {
      return Step(length: length, key: nil)
    }
    return Step(length: length, key: .character(character))
  }

  private static func control(_ byte: UInt8) -> Key {
    switch byte {
    case 0x0d, 0x0a: return .enter
    case 0x09: return .tab
    case 0x08, 0x7f: return .backspace
    case 0: return .control(" ")
    case 1...26: return .control(Character(Unicode.Scalar(byte + 0x60)))
    default: return .control(Character(Unicode.Scalar(byte + 0x40)))
    }
  }

  private func decodeEscape(_ bytes: ArraySlice<UInt8>, final: Bool) -> Step? {
    let start = bytes.startIndex
    for length in (3...16).reversed() where length <= bytes.count {
      if let key = sequences[Array(bytes.prefix(length))] { return Step(length: length, key: key) }
    }
    guard bytes.count > 1 else { return final ? Step(length: 1, key: .escape) : nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "["): return decodeCSI(bytes, final: final)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return final ? Step(length: 2, key: .alt("O")) : nil }
      return Step(length: 3, key: Self.final(bytes[start + 2]))
    case Self.escape:
      return Step(length: 1, key: .escape)
    case let byte where byte < 0x20 || byte == 0x7f:
      return Step(length: 1, key: .escape)
    default:
      guard let step = decode(bytes.dropFirst(), final: final) else { return nil }
      guard case .character(let character)? = step.key else { return Step(length: step.length + 1, key: nil) }
      return Step(length: step.length + 1, key: .alt(character))
    }
  }

  /// `ESC [` parameters, intermediates, final byte (ECMA-48, 5.4).
  private func decodeCSI(_ bytes: ArraySlice<UInt8>, final: Bool) -> Step? {
    let start = bytes.startIndex
    guard bytes.count > 2 else { return final ? Step(length: 2, key: .alt("[")) : nil }
    // The Linux console sends F1–F5 as ESC [ [ A–E.
    if bytes[start + 2] == UInt8(ascii: "[") {
      guard bytes.count > 3 else { return final ? Step(length: 3, key: nil) : nil }
      let number = Int(bytes[start + 3]) - 0x40
      return Step(length: 4, key: (1...5).contains(number) ? .function(number) : nil)
    }
    var index = start + 2
    while index < bytes.endIndex, (0x20...0x3f).contains(bytes[index]) { index += 1 }
    guard index < bytes.endIndex else {
      let isTooLong = bytes.count > Self.longestSequence
      return final || isTooLong ? Step(length: bytes.count, key: nil) : nil
    }
    let length = index - start + 1
    let byte = bytes[index]
    // Not a final byte: the sequence was cut off, and what follows counts again.
    guard (0x40...0x7e).contains(byte) else { return Step(length: length - 1, key: nil) }
    let body = bytes[(start + 2)..<index]
    if body.first == UInt8(ascii: "<") { return Step(length: length, key: MouseReport.decode(body.dropFirst(), byte)) }
    if byte == UInt8(ascii: "M") && body.isEmpty {
      // Old mouse reports put three bytes after the final one; they are asked for by nobody here.
      guard bytes.count >= length + 3 else { return final ? Step(length: bytes.count, key: nil) : nil }
      return Step(length: length + 3, key: nil)
    }
    let parameters = body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
      Int(String(decoding: $0, as: UTF8.self)) ?? 0
    }
    switch byte {
    case UInt8(ascii: "~"):
      if parameters.first == 200 { return Step(length: length, key: nil, startsPaste: true) }
      return Step(length: length, key: Self.tilde(parameters.first ?? 0))
    case UInt8(ascii: "u"):
      return Step(length: length, key: Self.extended(parameters))
    case UInt8(ascii: "I"): return Step(length: length, key: .focusGained)
    case UInt8(ascii: "O"): return Step(length: length, key: .focusLost)
    default: return Step(length: length, key: Self.final(byte))
    }
  }

  private static func final(_ byte: UInt8) -> Key? {
    switch byte {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "Z"): .backTab
    case UInt8(ascii: "M"): .enter
    case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(byte) - 0x4f)
    default: nil
    }
  }

  private static func tilde(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23, 24: .function(number - 12)
    default: nil
    }
  }

  /// `CSI code ; modifiers u`: some terminals send plain keys this way.
  private static func extended(_ parameters: [Int]) -> Key? {
    guard let code = parameters.first, let scalar = Unicode.Scalar(UInt32(max(0, code))) else { return nil }
    let modifiers = max(0, (parameters.count > 1 ? parameters[1] : 1) - 1)
    switch code {
    case 27: return .escape
    case 9: return modifiers & 1 != 0 ? .backTab : .tab
    case 13: return .enter
    case 127, 8: return .backspace
    case ..<32: return nil
    default:
      let character = Character(scalar)
      if modifiers & 4 != 0 { return .control(Character(String(character).lowercased())) }
      return modifiers & 2 != 0 ? .alt(character) : .character(character)
    }
  }
}

/// SGR mouse reports (mode 1006): `ESC [ < button ; column ; row M` or `m` on release.
enum MouseReport {
  static func decode(_ body: some Sequence<UInt8>, _ final: UInt8) -> Key? {
    let numbers = String(decoding: Array(body), as: UTF8.self).split(separator: ";").map { Int($0) ?? -1 }
    guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0 < 100_000 }),
      final == UInt8(ascii: "M") || final == UInt8(ascii: "m")
    else { return nil }
    let code = numbers[0]
    var event = MouseEvent(
      .press, .none, x: max(0, numbers[1] - 1), y: max(0, numbers[2] - 1), shift: code & 4 != 0, alt: code & 8 != 0,
      control: code & 16 != 0)
    if code & 64 != 0 {
      // 66 and 67 are sideways wheels.
      guard code & 3 < 2 else { return nil }
      event.action = code & 3 == 0 ? .wheelUp : .wheelDown
      return .mouse(event)
    }
    switch code & 3 {
    case 0: event.button = .left
    case 1: event.button = .middle
    case 2: event.button = .right
    default: event.button = .none
    }
    if final == UInt8(ascii: "m") {
      event.action = .release
    } else if code & 32 != 0 {
      // Bare motion is not asked for.
      guard event.button != .none else { return nil }
      event.action = .drag
    }
    return .mouse(event)
  }
}

/// What the terminal's own terminfo entry says its keys send; for terminals that differ from xterm.
enum KeySequences {
  private static let capabilities: [(String, Key)] = [
    ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
    ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete), ("kich1", .insert), ("kcbt", .backTab),
  ]

  /// Needs `setupterm` to have read the entry. Only escape sequences of three bytes or more: shorter ones are controls or ambiguous.
  static func ofTerminal() -> [[UInt8]: Key] {
    var sequences: [[UInt8]: Key] = [:]
    for (name, key) in capabilities {
      guard let text = lorascope_capability(name) else { continue }
      let bytes = Array(String(cString: text).utf8)
      if bytes.count >= 3 && bytes[0] == 0x1b { sequences[bytes] = key }
    }
    return sequences
  }
}
