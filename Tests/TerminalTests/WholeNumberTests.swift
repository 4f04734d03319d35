import Terminal
import Testing

/// Half a number reads as another one: where one does not fit, it goes as a whole.
@Suite struct WholeNumberTests {
  @Test func cutTextEndsInNoDigit() {
    let cases: [(String, Int, String)] = [
      ("1032", 3, "…"), ("1032", 4, "1032"), ("#1032 F", 5, "…"), ("+48.8±11.2", 9, "…"), ("0.0715", 5, "…"),
      ("12 345 tok/s", 6, "…"), ("n = 500 prompts", 7, "n =…"), ("seeds left", 6, "seeds…"), ("lr 2e-4 now", 6, "lr…"),
      ("name-2023.jsonl", 8, "name…"), ("well-", 4, "wel…"), ("日本語のデータ", 7, "日本語…"),
    ]
    for (text, columns, expected) in cases {
      #expect(text.truncated(toColumns: columns) == expected, "\(text) in \(columns)")
      #expect(CharacterWidth.columns(text.padded(toColumns: columns)) == columns)
    }
  }

  @Test func namesKeepTheirEnds() {
    #expect("sales-2023-east.jsonl".shortened(toColumns: 14) == "sales-…t.jsonl")
    #expect("sales.jsonl".shortened(toColumns: 14) == "sales.jsonl")
    #expect(CharacterWidth.columns("日本語のデータ集.jsonl".shortened(toColumns: 12)) <= 12)
  }

  @Test func whatFollowsANumberKeepsOffIt() {
    #expect("Tom has 14".continued() == "Tom has 14 …")
    #expect("Tom has".continued() == "Tom has…")
  }

  @Test func aLimitOnTheCanvasCutsNoNumber() {
    let cases: [(String, Int, String)] = [
      ("0.33M = 11.49 % of base", 11, "0.33M =     "), ("0.33M = 11.49 % of base", 13, "0.33M = 11.49"),
      ("+11.4±0.5", 6, "      "), ("p50 of 3", 6, "p50 of"), ("12", 1, " "),
    ]
    for (text, limit, expected) in cases {
      var canvas = Canvas(width: 30, height: 1)
      canvas.put(text, x: 0, y: 0, maxWidth: limit)
      let shown = canvas.text[0]
      #expect(shown.hasPrefix(expected.prefix(limit)), "\(text) in \(limit): \(shown)")
      #expect(shown.dropFirst(limit).allSatisfy { $0 == " " })
    }
  }

  @Test func smallTimesChangeTheirUnit() {
    let cases: [(Double, String)] = [
      (0.0715, "71.5µs"), (0.00512, "5.12µs"), (0.0999, "99.9µs"), (0.1, "0.100"), (0.412, "0.412"), (1.87, "1.87"),
      (20.6, "20.6"), (248.3, "248"), (0, "0"),
    ]
    for (value, text) in cases { #expect(NumberFormat.milliseconds(value) == text) }
  }
}
