/// A screen for tests: scripted keys in, canvases out.
public final class MemoryScreen: Screen {
  public var size: ScreenSize
  public let characterSet: CharacterSet
  public var colorDepth: ColorDepth
  /// Keys still to be handed out, first first.
  public var keys: [Key]
  public private(set) var canvases: [Canvas] = []
  public private(set) var themes: [Theme] = []
  public private(set) var clipboard: String?
  public private(set) var mouseIsOn = false
  public private(set) var suspensions = 0
  public private(set) var isClosed = false

  public init(
    columns: Int = 120, rows: Int = 36, keys: [Key] = [], characterSet: CharacterSet = .braille,
    colorDepth: ColorDepth = .truecolor
  ) {
    size = ScreenSize(columns: columns, rows: rows)
    self.keys = keys
    self.characterSet = characterSet
    self.colorDepth = colorDepth
  }

  public var last: Canvas? { canvases.last }

  public func present(_ canvas: Canvas, theme: Theme) {
    guard !isClosed else { return }
    canvases.append(canvas)
    themes.append(theme)
  }

  public func nextKey(timeoutMilliseconds: Int) -> Key? { keys.isEmpty ? nil : keys.removeFirst() }
  public func invalidate() {}
  public func setMouse(_ on: Bool) { mouseIsOn = on }
  public func copy(_ text: String) { clipboard = text }
  public func suspend() { suspensions += 1 }
  public func resume() {}
  public func close() { isClosed = true }
}
