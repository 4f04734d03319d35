import Messages
import Recipe
import Terminal

/// An output's judgement as a glyph, a word and a colour.
enum OutcomeWord {
  static func span(_ outcome: ExampleOutcome?, _ glyphs: Glyphs) -> Span {
    guard let outcome else { return Span("\(glyphs.dash) not evaluated", .dim) }
    if !outcome.parsed { return Span("? no parse", Style(.warn)) }
    if outcome.score >= 0.999_999 { return Span("\(glyphs.done) right", Style(.ok)) }
    if outcome.score <= 0 { return Span("\(glyphs.failed) wrong", Style(.bad)) }
    return Span("\(glyphs.about) \(NumberFormat.fixed(outcome.score * 100, 0)) %", Style(.warn))
  }
}
