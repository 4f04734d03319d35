/// What a cell is coloured with: a theme's colour, or a mixture of two of them. Packed into four bytes so that cells compare fast.
public struct Ink: Equatable, Hashable, Sendable {
  let packed: UInt32

  private init(_ from: ThemeKey, _ to: ThemeKey, _ weight: UInt8) {
    packed = UInt32(from.index) | UInt32(to.index) << 8 | UInt32(weight) << 16
  }

  public static func key(_ key: ThemeKey) -> Ink { Ink(key, key, 0) }

  /// `from` at 0, `to` at 1, linear in sRGB between them (in 256 steps); for heat gradients.
  public static func blend(_ from: ThemeKey, _ to: ThemeKey, _ fraction: Double) -> Ink {
    guard fraction.isFinite else { return key(from) }
    return Ink(from, to, UInt8((min(max(fraction, 0), 1) * 255).rounded()))
  }

  public var from: ThemeKey { ThemeKey.allCases[Int(packed & 0xff)] }
  public var to: ThemeKey { ThemeKey.allCases[Int(packed >> 8 & 0xff)] }
  /// 0 for a plain colour.
  public var fraction: Double { Double(packed >> 16 & 0xff) / 255 }
  public var isBlend: Bool { packed & 0xff != packed >> 8 & 0xff }

  /// The nearer of the two colours, for depths without gradients.
  public var dominant: ThemeKey { fraction < 0.5 ? from : to }
}
