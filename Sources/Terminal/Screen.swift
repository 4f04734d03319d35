/// Where canvases go to and keys come from. All calls are made from one thread.
public protocol Screen: AnyObject {
  /// Columns and rows, now.
  var size: ScreenSize { get }
  var characterSet: CharacterSet { get }
  var colorDepth: ColorDepth { get set }

  /// Shows a canvas; only what changed since the last one is written. What lies outside the terminal is cut.
  func present(_ canvas: Canvas, theme: Theme)
  /// The next key, or nil when none came in time. 0 asks without waiting, a negative time waits for ever.
  func nextKey(timeoutMilliseconds: Int) -> Key?
  /// The next `present` writes every cell (Ctrl-L).
  func invalidate()
  /// Mouse reports on or off.
  func setMouse(_ on: Bool)
  /// Copies text to the terminal's clipboard (OSC 52) where that is supported.
  func copy(_ text: String)
  /// Gives the terminal back and stops the process as Ctrl-Z does; returns when it goes on.
  func suspend()
  /// Takes the terminal again after `suspend`, when that did not do so itself.
  func resume()
  /// Gives the terminal back for good; further calls do nothing.
  func close()
}
