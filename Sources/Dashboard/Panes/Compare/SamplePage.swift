import Messages
import Terminal

/// One prompt with its outputs as lines of a width: wrapped and marked once, not in every frame.
struct SamplePage: Sendable {
  struct Key: Equatable, Sendable {
    /// Of the answer.
    var serial: UInt64
    var sample: Int
    /// With what is known of its pictures.
    var prompt: String
    var width: Int
    var set: CharacterSet
  }

  var prompt: [String]
  var expected: [String]
  var expectedWidth: Int
  /// Outputs that stand side by side, the columns of each, and each run's lines.
  var fitting: Int
  var columns: Int
  var outputs: [[[Span]]]
  /// Words of long outputs that were not compared are not marked.
  var isCut: Bool

  static let promptAt = 9
  static let expectedAt = 10

  /// - Parameter prompt: the sample's, as it is read.
  init(_ sample: Comparison.Sample, prompt text: String, runs: Int, width: Int, glyphs: Glyphs) {
    let longest = sample.expected.split(separator: "\n").map { CharacterWidth.columns($0) }.max() ?? 0
    expectedWidth = min(width / 3, max(2, longest) + Self.expectedAt)
    prompt = Wrap.lines(text, columns: width - Self.promptAt - expectedWidth - 2)
    expected = Wrap.lines(sample.expected, columns: expectedWidth - Self.expectedAt)
    fitting = Self.fitting(runs, width)
    columns = width / max(1, fitting)
    let texts = (0..<runs).map { run in
      sample.outcomes.indices.contains(run) ? sample.outcomes[run]?.shownOutput(glyphs) : nil
    }
    let isRight = (0..<runs).map { run in
      sample.outcomes.indices.contains(run) && (sample.outcomes[run]?.score ?? 0) >= ExampleGrid.right
    }
    let marks = WordMarks(texts, isRight: isRight, expected: sample.expected)
    isCut = marks.isCut
    let room = columns - (fitting > 1 ? 2 : 0)
    outputs = texts.enumerated().map { run, text in
      guard let text else { return [] }
      return Self.styled(Wrap.lines(text, columns: room), text, marks.marks[run])
    }
  }

  /// How many outputs stand side by side: all of up to three runs, else as many as have thirty columns each.
  static func fitting(_ count: Int, _ width: Int) -> Int {
    count <= 3 ? max(1, count) : min(count, max(2, width / 30))
  }

  /// Wrapped lines with the marks of the text's characters. Wrapping drops blanks and ends of lines and nothing else.
  private static func styled(_ lines: [String], _ text: String, _ marks: [WordMarks.Mark]) -> [[Span]] {
    let characters = Array(text)
    var place = 0
    return lines.map { line in
      var spans: [Span] = []
      for character in line {
        var mark: WordMarks.Mark = []
        if character != " " {
          while place < characters.count, characters[place] == " " || characters[place] == "\n" { place += 1 }
          if place < marks.count { mark = marks[place] }
          place += 1
        }
        let style = style(mark)
        if spans.last?.style == style {
          spans[spans.count - 1].text.append(character)
        } else {
          spans.append(Span(String(character), style))
        }
      }
      return spans
    }
  }

  /// Bold and underlined say it without colours.
  static func style(_ mark: WordMarks.Mark) -> Style {
    var style = mark.contains(.unexpected) ? Style(.bad, bold: true) : mark.contains(.differs) ? Style(.warn) : .plain
    style.underline = mark.contains(.differs)
    return style
  }

  /// Rows of the prompt in a pane of so many: it takes what the outputs leave free, and a third in any case.
  func promptRows(in height: Int) -> Int {
    let free = max(height / 3, height - 1 - (outputs.map(\.count).max() ?? 0))
    return max(1, min(max(prompt.count, expected.count), free))
  }

  /// Lines by which the page can be scrolled until the last line of each of its parts was in view.
  func overflow(in height: Int) -> Int {
    let rows = promptRows(in: height)
    return max(
      0, max(prompt.count, expected.count) - rows, (outputs.map(\.count).max() ?? 0) - max(1, height - rows - 1))
  }
}

extension DashboardState {
  /// The page of the sample that is read, as wide as this.
  func samplePage(width: Int) -> SamplePage? {
    guard let comparison = compare.comparison, comparison.samples.indices.contains(compare.sample) else { return nil }
    let prompt = SamplePictures.prompt(comparison.samples[compare.sample].prompt, self)
    let key = SamplePage.Key(
      serial: compare.serial, sample: compare.sample, prompt: prompt, width: width, set: characterSet)
    return remembered.samplePage.value(for: key) {
      SamplePage(
        comparison.samples[compare.sample], prompt: prompt, runs: comparison.rows.count, width: width, glyphs: glyphs)
    }
  }
}
