/// One column of one row. A cell holds one Unicode scalar; a character of two columns fills the next cell with `continuation`.
public struct Cell: Equatable, Hashable, Sendable {
  public var scalar: Unicode.Scalar
  public var style: Style

  /// The right half of a character of two columns.
  public static let continuation: Unicode.Scalar = "\0"
  public static let blank = Cell(scalar: " ", style: .plain)

  public init(scalar: Unicode.Scalar, style: Style = .plain) {
    self.scalar = scalar
    self.style = style
  }

  /// Of a character of several scalars only the first is kept.
  public init(character: Character, style: Style = .plain) {
    self.init(scalar: character.unicodeScalars.first ?? " ", style: style)
  }

  public var character: Character { Character(scalar) }
}

/// A piece of text in one style.
public struct Span: Equatable, Sendable {
  public var text: String
  public var style: Style

  public init(_ text: String, _ style: Style = .plain) {
    self.text = text
    self.style = style
  }
}

/// A grid of cells that panes draw on; a pure value, which tests read as text and as style letters.
public struct Canvas: Equatable, Sendable {
  public let width: Int
  public let height: Int
  var cells: [Cell]
  var pictures: [PlacedPicture] = []

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
    if x >= 0, let end = putSimple(text, x: x, y: y, style: style, limit: limit) { return end - x }
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

  /// The usual case: characters of one scalar and one column that all fit. Nil, with nothing that matters written, in any other.
  private mutating func putSimple(_ text: some StringProtocol, x: Int, y: Int, style: Style, limit: Int) -> Int? {
    var column = x
    for scalar in text.unicodeScalars {
      guard column < limit, CharacterWidth.isSimple(scalar) else { return nil }
      self[column, y] = Cell(scalar: scalar, style: style)
      column += 1
    }
    return column
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

  /// Gives each cell the style that follows from its own.
  public mutating func restyle(_ style: (Style) -> Style) {
    for index in cells.indices { cells[index].style = style(cells[index].style) }
  }

  public mutating func fill(_ rect: Rect, _ character: Character = " ", _ style: Style = .plain) {
    let area = rect.intersection(bounds)
    guard !area.isEmpty else { return }
    let cell = Cell(character: character, style: style)
    for y in area.y..<area.bottom {
      for x in area.x..<area.right { self[x, y] = cell }
    }
  }

  /// A copy of a rectangle, as far as it lies inside.
  public func part(_ rect: Rect) -> Canvas {
    let area = rect.intersection(bounds)
    var part = Canvas(width: area.width, height: area.height)
    for y in 0..<part.height {
      let start = (area.y + y) * width + area.x
      part.cells.replaceSubrange(y * part.width..<(y + 1) * part.width, with: cells[start..<start + part.width])
    }
    return part
  }

  /// All cells of another canvas, blanks too, with its first one here.
  public mutating func put(_ part: Canvas, x: Int, y: Int) {
    // What lies inside is copied by rows; cells at the sides mend the characters of two columns that they cut.
    let first = max(0, -x)
    let columns = first..<max(first, min(part.width, width - x))
    guard columns.count > 2 else {
      for row in 0..<part.height {
        for column in columns { self[x + column, y + row] = part.cells[row * part.width + column] }
      }
      return
    }
    let inner = columns.lowerBound + 1..<columns.upperBound - 1
    for row in 0..<part.height where y + row >= 0 && y + row < height {
      let (from, to) = (row * part.width, (y + row) * width + x)
      self[x + columns.lowerBound, y + row] = part.cells[from + columns.lowerBound]
      self[x + columns.upperBound - 1, y + row] = part.cells[from + columns.upperBound - 1]
      cells.replaceSubrange(
        to + inner.lowerBound..<to + inner.upperBound,
        with: part.cells[from + inner.lowerBound..<from + inner.upperBound])
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

extension Canvas {
  /// A pane's frame: title at the left of the top edge, `titleRight` at its right, `footerRight` at the right of the bottom edge,
  /// `footer` at its left. The inside is not touched.
  ///
  /// Texts that do not fit are cut; the right title goes first. A rectangle smaller than 2 × 2 draws nothing.
  public mutating func frame(
    _ rect: Rect, title: String = "", titleRight: String? = nil, footer: String? = nil, footerRight: String? = nil,
    heavy: Bool = false, glyphs: Glyphs = .glyphs(for: .braille), style: Style? = nil, titleStyle: Style = .title,
    noteStyle: Style = .dim
  ) {
    guard rect.width >= 2, rect.height >= 2 else { return }
    let line = style ?? Style(heavy ? .focus : .border)
    let set = glyphs.frame(heavy: heavy)
    let right = rect.right - 1
    let bottom = rect.bottom - 1
    let (horizontal, vertical) = (
      Cell(character: set.horizontal, style: line), Cell(character: set.vertical, style: line)
    )
    for x in rect.x...right {
      self[x, rect.y] = horizontal
      self[x, bottom] = horizontal
    }
    for y in rect.y...bottom {
      self[rect.x, y] = vertical
      self[right, y] = vertical
    }
    self[rect.x, rect.y] = Cell(character: set.topLeft, style: line)
    self[right, rect.y] = Cell(character: set.topRight, style: line)
    self[rect.x, bottom] = Cell(character: set.bottomLeft, style: line)
    self[right, bottom] = Cell(character: set.bottomRight, style: line)
    edge(
      rect, y: rect.y, left: title, right: titleRight, ellipsis: glyphs.ellipsis, leftStyle: titleStyle,
      rightStyle: noteStyle)
    edge(
      rect, y: bottom, left: footer ?? "", right: footerRight, ellipsis: glyphs.ellipsis, leftStyle: noteStyle,
      rightStyle: noteStyle)
  }

  private mutating func edge(
    _ rect: Rect, y: Int, left: String, right: String?, ellipsis: Character, leftStyle: Style, rightStyle: Style
  ) {
    // "╭─ left ─…─ right ─╮": two cells of frame and two blanks go with each text.
    let room = rect.width - 6
    guard room > 0 else { return }
    var used = 0
    if !left.isEmpty {
      let text = left.truncated(toColumns: room, ellipsis: ellipsis)
      used = put(" \(text) ", x: rect.x + 2, y: y, style: leftStyle)
    }
    if let right { put(right, after: used, on: rect, y: y, ellipsis: ellipsis, style: rightStyle) }
  }

  /// The right title of a frame that is drawn already: for what is known only when its inside is.
  /// - Parameter title: the frame's title, which comes first.
  public mutating func note(
    _ text: String, on rect: Rect, title: String, glyphs: Glyphs = .glyphs(for: .braille), style: Style = .dim
  ) {
    let room = rect.width - 6
    guard room > 0, rect.height >= 2 else { return }
    let shown = title.truncated(toColumns: room, ellipsis: glyphs.ellipsis)
    let used = title.isEmpty ? 0 : CharacterWidth.columns(shown) + 2
    put(text, after: used, on: rect, y: rect.y, ellipsis: glyphs.ellipsis, style: style)
  }

  /// Text at the right of an edge of which `used` columns are taken.
  private mutating func put(_ right: String, after used: Int, on rect: Rect, y: Int, ellipsis: Character, style: Style)
  {
    let rest = rect.width - 4 - used - (used > 0 ? 1 : 0) - 2
    guard !right.isEmpty, rest >= min(3, CharacterWidth.columns(right)) else { return }
    put(" \(right.truncated(toColumns: rest, ellipsis: ellipsis)) ", endingAt: rect.right - 2, y: y, style: style)
  }

  /// A horizontal rule inside a pane.
  public mutating func rule(
    _ rect: Rect, y: Int, glyphs: Glyphs = .glyphs(for: .braille), style: Style = Style(.border)
  ) {
    fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), glyphs.light.horizontal, style)
  }
}

/// What must be written to turn one canvas into another: runs of changed cells. The only way to the terminal.
public enum CanvasDiff {
  public struct Run: Equatable, Sendable {
    public var x: Int
    public var y: Int
    public var count: Int

    public init(x: Int, y: Int, count: Int) {
      self.x = x
      self.y = y
      self.count = count
    }
  }

  /// Runs of cells that differ; all rows in full when there is no old canvas or it has another size. A changed half of a wide character
  /// takes the other half with it.
  public static func runs(from old: Canvas?, to new: Canvas) -> [Run] {
    guard let old, old.width == new.width, old.height == new.height else {
      return new.width == 0 ? [] : (0..<new.height).map { Run(x: 0, y: $0, count: new.width) }
    }
    var runs: [Run] = []
    let width = new.width
    old.cells.withUnsafeBufferPointer { before in
      new.cells.withUnsafeBufferPointer { after in
        for y in 0..<new.height {
          let row = y * width
          var x = 0
          while x < width {
            if before[row + x] == after[row + x] {
              x += 1
              continue
            }
            var start = x
            while x < width && before[row + x] != after[row + x] { x += 1 }
            while start > 0 && after[row + start].scalar == Cell.continuation { start -= 1 }
            while x < width && after[row + x].scalar == Cell.continuation { x += 1 }
            runs.append(Run(x: start, y: y, count: x - start))
          }
        }
      }
    }
    return runs
  }
}
