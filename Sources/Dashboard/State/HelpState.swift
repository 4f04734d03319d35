import Messages
import Terminal

/// The list of keys over the screen.
package struct HelpState: Sendable, Equatable {
  package var filter = ""
  package var top = 0

  package init() {}
}
