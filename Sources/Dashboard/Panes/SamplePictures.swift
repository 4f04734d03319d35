import Foundation
import Messages
import Recipe
import Terminal

/// Pictures of the example that is read, beside its texts: as such where the terminal shows pictures, else as half blocks; without colours, or
/// where there is no room, words in their place.
enum SamplePictures {
  /// What stands for a picture in a prompt.
  static let placeholder = "<image>"
  /// Below this a picture is not worth its room.
  private static let least = (columns: 60, rows: 4)
  private static let gap = 2
  /// Pixels across or down that a terminal is sent: a megabyte of text a picture.
  private static let most = 512

  /// What the engine has to be asked for now; nil where the example that is read has no picture.
  static func request(_ state: DashboardState) -> SamplePictureRequest? {
    let pane: Pane = state.screen == .run ? .runSamples : .compareSamples
    guard let example = example(state) else { return nil }
    let count = example.prompt.components(separatedBy: placeholder).count - 1
    guard count > 0, let inner = state.layout.rect(of: pane)?.inset(2, 1) else { return nil }
    let room = room(inner, state)
    // A half block has two pixels, one above the other. Several pictures stand below each other.
    let cell = state.cellPixels ?? CellPixels(width: 1, height: 2)
    return SamplePictureRequest(
      run: example.run, index: example.index, prompt: example.prompt, expected: example.expected,
      columns: min(most, max(1, room.columns * cell.width)),
      rows: min(most, max(1, room.rows / min(count, 3) * cell.height)))
  }

  /// The run and example that is read on the present screen.
  private static func example(
    _ state: DashboardState
  ) -> (run: RunID, index: Int, prompt: String, expected: String)? {
    switch state.screen {
    case .run:
      guard let run = state.shownRun, state.run.examples.indices.contains(state.run.sample) else { return nil }
      let outcome = state.run.examples[state.run.sample]
      return (run.id, outcome.index, outcome.prompt, outcome.expected)
    case .compare:
      guard let comparison = state.compare.comparison, comparison.samples.indices.contains(state.compare.sample) else {
        return nil
      }
      let sample = comparison.samples[state.compare.sample]
      for (row, outcome) in zip(comparison.rows, sample.outcomes) {
        if let outcome { return (row.run.id, outcome.index, sample.prompt, sample.expected) }
      }
      return nil
    case .main, .sweep, .advise, .log: return nil
    }
  }

  /// The inside of a pane of samples: where its texts go, and its pictures.
  static func areas(_ inner: Rect, _ state: DashboardState) -> (texts: Rect, pictures: Rect) {
    let columns = shown(state) ? room(inner, state).columns : 0
    guard columns > 0 else { return (inner, .zero) }
    let (texts, pictures) = inner.split(right: columns)
    return (texts.inset(right: gap), pictures)
  }

  /// The prompt as it is read: with what is known of each picture in its place.
  static func prompt(_ prompt: String, _ state: DashboardState) -> String {
    let parts = prompt.components(separatedBy: placeholder)
    guard parts.count > 1, state.pictures.key != nil else { return prompt }
    return parts.dropFirst().enumerated().reduce(parts[0]) { text, part in
      text + word(part.offset, state) + part.element
    }
  }

  private static func word(_ index: Int, _ state: DashboardState) -> String {
    if let refusal = state.pictures.refusal { return "[picture: \(refusal)]" }
    guard let pictures = state.pictures.value else { return "[picture]" }
    // A word of the text.
    guard pictures.indices.contains(index) else { return placeholder }
    switch pictures[index] {
    case .small(let picture):
      return "[picture \(picture.originalWidth)\(state.glyphs.times)\(picture.originalHeight)]"
    case .unreadable(let reason): return "[picture: \(reason)]"
    }
  }

  static func draw(_ state: DashboardState, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    var rest = area
    let pictures = (state.pictures.value ?? []).compactMap { if case .small(let picture) = $0 { picture } else { nil } }
    if let cell = state.cellPixels {
      for picture in pictures {
        let size = cells(picture, cell, in: area, of: pictures.count)
        guard size.rows <= rest.height, size.columns <= rest.width else { break }
        canvas.place(
          picture.pixels, width: picture.width,
          in: Rect(x: area.right - size.columns, y: rest.y, width: size.columns, height: size.rows))
        rest = rest.split(top: size.rows).bottom
      }
      return
    }
    for picture in pictures {
      let rows = HalfBlocks.rows(picture.height)
      guard rows <= rest.height else { break }
      // To the right edge, so that texts end where they did with another picture.
      let x = area.right - min(picture.width, area.width)
      HalfBlocks.draw(
        picture.pixels, width: picture.width, in: Rect(x: x, y: rest.y, width: area.right - x, height: rows),
        on: &canvas)
      rest = rest.split(top: rows).bottom
    }
  }

  /// Cells that a picture fills in its proportions: a small one is shown larger by the terminal.
  private static func cells(
    _ picture: SmallPicture, _ cell: CellPixels, in area: Rect, of count: Int
  ) -> (columns: Int, rows: Int) {
    let height = max(1, area.height / max(1, min(count, 3)))
    let scale = min(
      Double(area.width * cell.width) / Double(max(1, picture.width)),
      Double(height * cell.height) / Double(max(1, picture.height)))
    func cells(_ pixels: Int, _ size: Int, _ most: Int) -> Int {
      min(most, max(1, Int((Double(pixels) * scale / Double(size)).rounded())))
    }
    return (cells(picture.width, cell.width, area.width), cells(picture.height, cell.height, height))
  }

  /// There is, or will be, a picture to draw.
  private static func shown(_ state: DashboardState) -> Bool {
    guard state.pictures.key != nil, state.pictures.refusal == nil else { return false }
    return state.pictures.value?.contains { if case .small = $0 { true } else { false } } ?? true
  }

  /// Cells that pictures may take; none where a terminal shows no colours.
  private static func room(_ inner: Rect, _ state: DashboardState) -> (columns: Int, rows: Int) {
    guard state.characterSet != .ascii, state.colorDepth != .mono, inner.width >= least.columns,
      inner.height >= least.rows
    else { return (0, 0) }
    return (min(inner.width / 3, 2 * inner.height), inner.height)
  }
}
