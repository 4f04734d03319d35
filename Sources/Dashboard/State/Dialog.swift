import Messages
import Terminal

/// A question or a menu over the screen. While it is open it takes every key.
package struct Dialog: Sendable, Equatable {
  package struct Choice: Sendable, Equatable {
    /// Printed beside the choice; pressing it chooses.
    package var letter: Character?
    package var text: String
    /// Right of the text, dim.
    package var note: String
    /// nil: the dialog closes and nothing happens.
    package var action: Action?
    package var isDangerous: Bool

    package init(
      _ letter: Character?, _ text: String, note: String = "", action: Action?, isDangerous: Bool = false
    ) {
      self.letter = letter
      self.text = text
      self.note = note
      self.action = action
      self.isDangerous = isDangerous
    }

    package static let cancel = Choice(nil, "Cancel", action: nil)
  }

  package var title: String
  package var lines: [String]
  package var choices: [Choice]
  package var focused: Int
  /// Choices take effect while the cursor is on them (themes); Esc goes back to `original`.
  package var original: Action?

  package init(title: String, lines: [String] = [], choices: [Choice], focused: Int = 0, original: Action? = nil) {
    self.title = title
    self.lines = lines
    self.choices = choices
    self.focused = focused
    self.original = original
  }
}
