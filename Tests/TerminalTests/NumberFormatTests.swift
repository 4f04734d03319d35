import Foundation
import Terminal
import Testing

@Suite struct NumberFormatTests {
  @Test(arguments: [
    (0, "0"), (9_999, "9999"), (12_400, "12.4k"), (490_000, "0.49M"), (1_150_000, "1.15M"), (4_340_000, "4.34M"),
    (43_400_000, "43.4M"), (362_000_000, "362M"), (1_060_000_000, "1.06G"), (-1_150_000, "-1.15M"),
    (99_949, "99.9k"), (99_950, "0.10M"), (Int.max, "9223372037G"),
  ])
  func count(value: Int, text: String) { #expect(NumberFormat.count(value) == text) }

  @Test(arguments: [
    (5_610, "5 610"), (999, "999"), (1_234_567, "1 234 567"), (-4_890, "-4 890"),
    (Int.min, "-9 223 372 036 854 775 808"),
  ])
  func grouped(value: Int, text: String) { #expect(NumberFormat.grouped(value) == text) }

  @Test(arguments: [
    (0.3741, "0.374"), (12.44, "12.4"), (248, "248"), (2e-4, "2e-4"), (1.5e6, "1.5e6"), (0, "0"), (-0.5, "-0.500"),
    (Double.nan, "NaN"), (-Double.infinity, "-inf"),
  ])
  func short(value: Double, text: String) { #expect(NumberFormat.short(value) == text) }

  @Test(arguments: [
    (2e-4, "2e-4"), (0.05, "0.05"), (16, "16"), (1.5, "1.5"), (3.25e-5, "3.25e-5"), (0, "0"), (0.1, "0.1"),
    (1e7, "1e7"),
  ])
  func setting(value: Double, text: String) { #expect(NumberFormat.setting(value) == text) }

  @Test(arguments: [
    (0, "0s"), (59.4, "59s"), (118, "1m58"), (310, "5m10"), (1_380, "23m"), (10_020, "2h47m"), (273_600, "3d4h"),
    (-1, "–"), (Double.nan, "–"), (Double.infinity, "–"),
  ])
  func duration(seconds: Double, text: String) { #expect(NumberFormat.duration(seconds) == text) }

  /// Most numbers go without the C library's formatting, and none may show it.
  @Test func fixedIsWhatTheCLibraryWrites() {
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    for round in 0..<4000 {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      let scale = [1e-4, 0.01, 1, 100, 1e6, 1e11][round % 6]
      // Every other one has few digits, and lies in the middle of two texts as often as not.
      let exact = Double(random >> 11) / Double(1 << 53) * scale
      let value = (round.isMultiple(of: 2) ? exact : (exact * 1000).rounded() / 1000) * (round % 4 < 2 ? 1 : -1)
      for decimals in 0...7 {
        let text = String(format: "%.*f", decimals, value)
        // No negative zero.
        let isNegativeZero = text.hasPrefix("-") && text.dropFirst().allSatisfy { "0.".contains($0) }
        #expect(NumberFormat.fixed(value, decimals) == (isNegativeZero ? String(text.dropFirst()) : text))
        if value > 0 { #expect(NumberFormat.fixed(value, decimals, signed: true) == "+" + text) }
      }
    }
    for value in [0.125, 2.5, 1.115, 2.675, 0.285, 1.005, 999.95, 0.5, 1.5] {
      for decimals in 0...3 {
        #expect(NumberFormat.fixed(value, decimals) == String(format: "%.*f", decimals, value))
      }
    }
  }

  @Test func others() {
    #expect(NumberFormat.fixed(11.94, 1, signed: true) == "+11.9")
    #expect(NumberFormat.fixed(-0.04, 1) == "0.0")
    #expect(NumberFormat.fixed(-0.04, 1, signed: true) == "+0.0")
    #expect(NumberFormat.bytes(831_488) == "812 KiB")
    #expect(NumberFormat.bytes(1_717_986_918) == "1.6 GiB")
    #expect(NumberFormat.bytes(12) == "12 B")
    #expect(NumberFormat.percent(0.629) == "62%")
    #expect(NumberFormat.percent(0.9999) == "99%")
    #expect(NumberFormat.percent(.nan) == "–")
  }
}
