/// A grid of cells that panes draw on; a pure value, which tests read as text and as style letters.
public struct Canvas: Equatable, Sendable {
  public let width: Int
  public let height: Int
  var cells: [Cell]

  public init(width: Int, height: Int, style: Style = .plain) {
    self.width = max(0, width)
    self.height = max(0, height)
    cells = Array(repeating: Cell(scalar: " ", style: style), count: self.width * self.height)
  }

  public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  /// Reading outside gives a blank, writing outside does nothing.
  public subscript(x: Int, y: Int) -> Cell {
    get {
      guard x >= 0, y >= 0, x < width, y < height else { return .blank }
      return cells[y * width + x]
    }
    set {
      guard x >= 0, y >= 0, x < width, y < height else { return }
      let index = y * width + x
      // A character of two columns never stays half.
      if cells[index].scalar == Cell.continuation && newValue.scalar != Cell.continuation && x > 0 {
        cells[index - 1].scalar = " "
      }
      if x + 1 < width && cells[index + 1].scalar == Cell.continuation { cells[index + 1].scalar = " " }
      cells[index] = newValue
    }
  }

  /// Writes one line of text, clipped at the canvas and at `maxWidth` columns; controls become harmless signs.
  /// - Returns: the columns that the text took, from `x`, clipped parts included up to the right edge.
  @discardableResult
  public mutating func put(_ text: some StringProtocol, x: Int, y: Int, style: Style = .plain, maxWidth: Int? = nil)
    -> Int
  {
    let limit = min(width, maxWidth.map { x + max(0, $0) } ?? width)
    guard y >= 0, y < height, x < limit else { return 0 }
    var column = x
    for character in text {
      let (scalar, columns) = CharacterWidth.displayed(character)
      if columns == 0 { continue }
      if column + columns > limit {
        // A wide character that does not fit leaves a blank in its place.
        if column < limit {
          self[column, y] = Cell(scalar: " ", style: style)
          column += 1
        } else if character.isNumberPart, maxWidth != nil {
          blankPartOfNumber(from: x, to: column, y: y, style: style)
        }
        break
      }
      if column >= 0 || columns == 1 {
        self[column, y] = Cell(scalar: scalar, style: style)
        if columns == 2 { self[column + 1, y] = Cell(scalar: Cell.continuation, style: style) }
      }
      column += columns
    }
    return column - x
  }

  /// A number that runs into its limit goes as a whole: half a number reads as another one.
  private mutating func blankPartOfNumber(from start: Int, to end: Int, y: Int, style: Style) {
    var column = end - 1
    var hasDigit = false
    while column >= start, Character(self[column, y].scalar).isNumberPart {
      hasDigit = hasDigit || Character(self[column, y].scalar).isDigit
      column -= 1
    }
    guard hasDigit else { return }
    for place in column + 1..<end { self[place, y] = Cell(scalar: " ", style: style) }
  }

  /// Writes text that ends just before column `right`.
  @discardableResult
  public mutating func put(_ text: some StringProtocol, endingAt right: Int, y: Int, style: Style = .plain) -> Int {
    put(text, x: right - CharacterWidth.columns(text), y: y, style: style)
  }

  /// Writes several styled pieces one after the other.
  @discardableResult
  public mutating func put(_ spans: [Span], x: Int, y: Int, maxWidth: Int? = nil) -> Int {
    var column = x
    for span in spans {
      let left = maxWidth.map { $0 - (column - x) }
      if let left, left <= 0 { break }
      column += put(span.text, x: column, y: y, style: span.style, maxWidth: left)
    }
    return column - x
  }

  public mutating func fill(_ rect: Rect, _ character: Character = " ", _ style: Style = .plain) {
    let area = rect.intersection(bounds)
    guard !area.isEmpty else { return }
    for y in area.y..<area.bottom {
      for x in area.x..<area.right { self[x, y] = Cell(character: character, style: style) }
    }
  }

  /// Changes styles only; the characters stay.
  public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let area = rect.intersection(bounds)
    guard !area.isEmpty else { return }
    for y in area.y..<area.bottom {
      for x in area.x..<area.right { change(&cells[y * width + x].style) }
    }
  }

  /// The rows as strings; the right half of a wide character is left out.
  public var text: [String] {
    (0..<height).map { row in
      var line = String.UnicodeScalarView()
      for cell in cells[row * width..<(row + 1) * width] where cell.scalar != Cell.continuation {
        line.append(cell.scalar)
      }
      return String(line)
    }
  }

  /// One `Style.letter` a cell.
  public var styleLetters: [String] {
    (0..<height).map { row in String(cells[row * width..<(row + 1) * width].map(\.style.letter)) }
  }
}
