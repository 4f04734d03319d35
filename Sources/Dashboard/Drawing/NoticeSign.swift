import Messages
import Terminal

/// A notice's level as a glyph and a colour.
enum NoticeSign {
  static func of(_ level: Notice.Level, _ glyphs: Glyphs) -> (Character, ThemeKey) {
    switch level {
    case .info: (glyphs.off, .dim)
    case .good: (glyphs.done, .ok)
    case .warning: ("!", .warn)
    case .error: (glyphs.failed, .bad)
    }
  }
}
