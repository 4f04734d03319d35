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
    for x in rect.x...right {
      self[x, rect.y] = Cell(character: set.horizontal, style: line)
      self[x, bottom] = Cell(character: set.horizontal, style: line)
    }
    for y in rect.y...bottom {
      self[rect.x, y] = Cell(character: set.vertical, style: line)
      self[right, y] = Cell(character: set.vertical, style: line)
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

extension String {
  /// The text, or its beginning with an ellipsis, in at most `columns` columns. A number that does not fit goes as a whole: half a
  /// number reads as another one.
  public func truncated(toColumns columns: Int, ellipsis: Character = "…") -> String {
    guard CharacterWidth.columns(self) > columns else { return self }
    guard columns > 0 else { return "" }
    var result = ""
    var used = 0
    for character in self {
      let width = CharacterWidth.columns(String(character))
      if used + width > columns - 1 { break }
      result.append(character)
      used += width
    }
    result.removePartOfNumber()
    result.append(ellipsis)
    return result
  }

  /// Its begin and its end with an ellipsis between them: names of files often differ at their ends only.
  public func shortened(toColumns columns: Int, ellipsis: Character = "…") -> String {
    let width = CharacterWidth.columns(self)
    guard width > columns, columns > 6 else { return truncated(toColumns: columns, ellipsis: ellipsis) }
    var tail = ""
    var used = 0
    for character in reversed() {
      let width = CharacterWidth.columns(String(character))
      if used + width > columns / 2 { break }
      tail.insert(character, at: tail.startIndex)
      used += width
    }
    return truncated(toColumns: columns - used, ellipsis: ellipsis) + tail
  }

  /// The text with the sign that more follows; a blank keeps it off a number, which would read as one that was cut.
  public func continued(_ ellipsis: Character = "…") -> String {
    self + (last?.isDigit == true ? " " : "") + String(ellipsis)
  }

  /// Takes the digits at the end, and the signs that belong to them, away.
  mutating func removePartOfNumber() {
    guard let digit = lastIndex(where: \.isDigit),
      self[index(after: digit)...].allSatisfy({ $0.isNumberPart || $0 == "e" })
    else {
      return
    }
    repeat {
      // The beginning of an exponent: `2e-4`.
      if last == "e", dropLast().last?.isDigit == true { removeLast() }
      while last?.isNumberPart == true { removeLast() }
      // Thousands stand apart: `12 345`.
      guard last == " ", dropLast().last?.isDigit == true else { break }
      removeLast()
    } while true
    if last == " " { removeLast() }
  }

  /// The text with spaces after it (or before it) up to `columns` columns; longer text is cut.
  public func padded(toColumns columns: Int, right: Bool = false, ellipsis: Character = "…") -> String {
    let text = truncated(toColumns: columns, ellipsis: ellipsis)
    let spaces = String(repeating: " ", count: max(0, columns - CharacterWidth.columns(text)))
    return right ? spaces + text : text + spaces
  }
}

extension Character {
  /// A digit, or a sign that stands in, before or right behind a number.
  var isNumberPart: Bool { isDigit || ".,±+-~≈#".contains(self) }

  var isDigit: Bool { isASCII && isNumber }
}
