/// More memory is needed than there is: told before anything of it is allocated.
public struct MemoryShortage: ExitStatusError, Equatable {
  /// What the memory is for, as the subject of a sentence in the plural: `model: the weights`.
  public let subject: String
  /// Bytes.
  public let needed: Int
  public let limit: MemoryLimit
  /// What would fit.
  public let advice: String

  public var description: String {
    "\(subject) need \(Self.text(needed)) of memory, and \(Self.text(limit.available)) of the \(Self.text(limit.total)) "
      + "\(limit.source.words) are free; \(advice)"
  }

  /// `EX_UNAVAILABLE`: something is missing on this machine.
  public var exitStatus: Int32 { 69 }

  /// Part of what is free stays so: for stacks, the runtime, and what is too small to be counted.
  package static let reserve = 48 << 20

  /// Refuses what does not fit. What takes little is not asked about.
  ///
  /// - Parameters:
  ///   - beside: bytes of the free memory that are promised to others.
  ///   - advice: asked for only when it is needed, with the bytes that would fit.
  public static func check(
    _ needed: Int, for subject: @autoclosure () -> String, beside promised: Int = 0,
    limit: @autoclosure () -> MemoryLimit = .current, advice: (_ room: Int) -> String
  ) throws(MemoryShortage) {
    guard needed > 16 << 20 else { return }
    let limit = limit()
    let room = max(0, limit.available - promised - min(reserve, limit.available / 16))
    guard needed > room else { return }
    let left = MemoryLimit(source: limit.source, total: limit.total, available: limit.available - promised)
    throw MemoryShortage(subject: subject(), needed: needed, limit: left, advice: advice(room))
  }

  /// Bytes in a unit that is easy to read.
  public static func text(_ bytes: Int) -> String {
    func tenths(_ unit: Double, _ name: String) -> String {
      let value = (Double(bytes) / unit * 10).rounded() / 10
      return "\(value >= 100 ? String(Int(value.rounded())) : String(value)) \(name)"
    }
    switch bytes {
    case ..<1_000_000: return "\(max(0, bytes) / 1000) kB"
    case ..<1_000_000_000: return tenths(1e6, "MB")
    default: return tenths(1e9, "GB")
    }
  }
}
