import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Pictures of image tasks in Samples, and texts there that are longer than the pane.
@Suite("Samples with pictures and long texts")
struct SamplePicturesTests {
  private static let prompt = "<image>\nFields:"

  /// A gradient of a picture of 96 × 96 pixels.
  private func small(_ request: SamplePictureRequest) -> SamplePicture {
    let side = min(request.columns, request.rows, 96)
    return .small(
      SmallPicture(
        originalWidth: 96, originalHeight: 96, width: side, height: side,
        pixels: (0..<side * side).map { place in
          UInt32(255 * (place % side) / side) << 16 | UInt32(255 * (place / side) / side) << 8 | 0x40
        }))
  }

  private func asked(_ effects: [Effect]) -> SamplePictureRequest? {
    effects.lazy.compactMap { if case .ask(.pictures(let request)) = $0 { request } else { nil } }.last
  }

  /// Run with outputs whose prompts these are.
  private func onRun(
    _ prompts: [String], columns: Int = 120, rows: Int = 36, set: Terminal.CharacterSet = .braille,
    output: String = "{}"
  ) throws -> (DashboardState, SamplePictureRequest?) {
    var state = TestData.state(columns: columns, rows: rows, characterSet: set)
    state.runs.selected = 12
    Driver.type("R", on: &state)
    let examples = prompts.enumerated().map { index, prompt in
      ExampleOutcome(
        index: index, prompt: prompt, expected: "{\"vendor\": \"Dako\"}", output: output, score: 0, parsed: true,
        lenient: 0, outputTokens: 2)
    }
    let request = try #require(state.run.answer.key)
    let effects = Driver.apply(.reply(.examples(request), .examples(examples)), to: &state)
    state.focus[.run] = .runSamples
    state.isZoomed = columns < 120
    return (state, asked(effects))
  }

  private func compare(_ prompt: String, columns: Int, rows: Int) throws -> (DashboardState, SamplePictureRequest?) {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("C", on: &state)
    var comparison = TestData.comparison
    for index in comparison.samples.indices { comparison.samples[index].prompt = prompt }
    let request = try #require(state.compare.answer.key)
    state.compare.answer.value = nil
    let effects = Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    state.focus[.compare] = .compareSamples
    return (state, asked(effects))
  }

  private func text(_ state: DashboardState) -> String { Render.screen(state).text.joined(separator: "\n") }

  /// The words of the samples on Run, lines that were wrapped put together again.
  private func words(_ state: DashboardState) -> String {
    guard let rect = state.layout.rect(of: .runSamples) else { return "" }
    let canvas = Render.screen(state)
    let rows = (rect.y + 1..<rect.bottom - 1).map { y in
      String((rect.x + 1..<rect.right - 1).map { canvas[$0, y].character })
    }
    return rows.joined(separator: " ").split { $0 == " " || $0 == "▀" }.joined(separator: " ")
  }

  private func pixels(_ state: DashboardState) -> Int {
    let canvas = Render.screen(state)
    return (0..<canvas.height).reduce(0) { sum, y in
      sum + (0..<canvas.width).count { canvas[$0, y].style.foreground.rgb != nil }
    }
  }

  @Test("an example's picture is asked for once, small, and drawn beside its texts", arguments: [(120, 36), (200, 60)])
  func drawn(_ columns: Int, _ rows: Int) throws {
    var (state, request) = try onRun([Self.prompt, "no picture"], columns: columns, rows: rows)
    let wanted = try #require(request)
    #expect(wanted.run == 12 && wanted.index == 0 && wanted.expected == "{\"vendor\": \"Dako\"}")
    #expect(wanted.columns > 8 && wanted.rows > 8 && text(state).contains("[picture]"))
    #expect(asked(Driver.apply(.snapshot(state.snapshot), to: &state)) == nil)
    Driver.apply(.reply(.pictures(wanted), .pictures([small(wanted)])), to: &state)
    #expect(text(state).contains("[picture 96×96]") && text(state).contains("▀▀▀▀"))
    // Two pixels in a cell.
    let side = min(wanted.columns, wanted.rows)
    #expect(pixels(state) == side * ((side + 1) / 2))
    // The next example has none, and the first is asked for again.
    #expect(asked(Driver.type(".", on: &state)) == nil)
    #expect(pixels(state) == 0 && text(state).contains("no picture"))
    #expect(asked(Driver.type(",", on: &state)) == wanted && pixels(state) == 0)
  }

  @Test("Compare draws the picture of the prompt that is read", arguments: [(120, 36), (200, 60)])
  func compared(_ columns: Int, _ rows: Int) throws {
    var (state, request) = try compare(Self.prompt, columns: columns, rows: rows)
    let wanted = try #require(request)
    #expect(wanted.index == 3 && wanted.prompt == Self.prompt && wanted.expected == "75")
    Driver.apply(.reply(.pictures(wanted), .pictures([small(wanted)])), to: &state)
    #expect(text(state).contains("[picture 96×96]") && pixels(state) > 40)
    // Outputs keep their place beside it.
    #expect(text(state).contains("Answer: 75"))
  }

  @Test("without colours, in ASCII and in a small pane words say what there is")
  func words() throws {
    var (state, request) = try onRun([Self.prompt], set: .ascii)
    let wanted = try #require(request)
    #expect(wanted.columns == 1 && wanted.rows == 1)
    Driver.apply(.reply(.pictures(wanted), .pictures([small(wanted)])), to: &state)
    #expect(text(state).contains("[picture 96x96]") && pixels(state) == 0)
    (state, request) = try onRun([Self.prompt])
    state.colorDepth = .mono
    let mono = try #require(asked(Driver.apply(.snapshot(state.snapshot), to: &state)))
    Driver.apply(.reply(.pictures(mono), .pictures([small(mono)])), to: &state)
    #expect(text(state).contains("[picture 96×96]") && pixels(state) == 0)
  }

  @Test("a picture that cannot be decoded is a word in its place, and one that is refused too")
  func unreadable() throws {
    var (state, request) = try onRun(["<image> and <image>: what differs?"], columns: 200, rows: 60)
    let wanted = try #require(request)
    let bad = SamplePicture.unreadable("b.png is damaged: the file ends\u{1b}[31m too early")
    Driver.apply(.reply(.pictures(wanted), .pictures([small(wanted), bad])), to: &state)
    let said = words(state)
    #expect(said.contains("[picture 96×96] and [picture: b.png is damaged: the file ends"), "\(said)")
    #expect(said.contains("too early]: what differs?") && pixels(state) > 0, "\(said)")
    #expect(!text(state).contains("\u{1b}"))
    (state, request) = try onRun([Self.prompt])
    Driver.apply(.reply(.pictures(try #require(request)), .refused(Refusal("the data is gone"))), to: &state)
    #expect(text(state).contains("[picture: the data is gone]") && pixels(state) == 0)
  }

  @Test("nothing is decoded while latency is measured")
  func measuring() throws {
    var (state, _) = try onRun(["no picture", Self.prompt])
    var snapshot = state.snapshot
    snapshot.engine.isMeasuring = true
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(asked(Driver.type(".", on: &state)) == nil)
    snapshot.engine.isMeasuring = false
    #expect(asked(Driver.apply(.snapshot(snapshot), to: &state))?.index == 1)
  }

  @Test(
    "a long prompt, answer and output of a run are read to their ends", arguments: [(80, 24), (120, 36), (200, 60)])
  func scrolling(_ columns: Int, _ rows: Int) throws {
    func words(_ name: String) -> String { (1...600).map { "\(name)\($0)" }.joined(separator: " ") }
    var (state, _) = try onRun([words("ask"), "short"], columns: columns, rows: rows, output: words("say"))
    #expect(text(state).contains("ask1 ") && text(state).contains("say1 ") && text(state).contains("scrolled 0 of"))
    #expect(!text(state).contains("ask600") && !text(state).contains("say600"))
    Driver.type("j", on: &state)
    #expect(state.run.sampleTop == 1 && !text(state).contains("ask1 "))
    Driver.type("G", on: &state)
    #expect(text(state).contains("ask600") && text(state).contains("say600") && state.run.sample == 0)
    Driver.press(.pageUp, on: &state)
    #expect(!text(state).contains("say600"))
    Driver.type("g", on: &state)
    #expect(state.run.sampleTop == 0)
    // Another prompt begins at its begin.
    Driver.type("jj.", on: &state)
    #expect(state.run.sample == 1 && state.run.sampleTop == 0 && text(state).contains("short"))
  }

  /// Asked again where another pane or a zoom gives the picture another size, and answered.
  private func answer(_ state: inout DashboardState, _ first: SamplePictureRequest?) throws {
    let again = asked(Driver.apply(.snapshot(state.snapshot), to: &state))
    let request = try #require(again ?? first)
    Driver.apply(.reply(.pictures(request), .pictures([small(request)])), to: &state)
  }

  @Test("golden screens with pictures, at three sizes, in sixteen colours and in ASCII")
  func goldens() throws {
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
      var (run, first) = try onRun([Self.prompt], columns: columns, rows: rows)
      try answer(&run, first)
      try Golden.check(run, "run-pictures-\(columns)x\(rows)")
      var (compared, other) = try compare(Self.prompt, columns: columns, rows: rows)
      compared.isZoomed = columns < 120
      try answer(&compared, other)
      try Golden.check(compared, "compare-pictures-\(columns)x\(rows)")
      guard columns == 120 else { continue }
      (run.colorDepth, compared.colorDepth) = (.palette16, .palette16)
      try Golden.check16(run, "run-pictures-16-120x36")
      try Golden.check16(compared, "compare-pictures-16-120x36")
    }
    var (run, first) = try onRun([Self.prompt], set: .ascii)
    try answer(&run, first)
    try Golden.check(run, "run-pictures-ascii-120x36")
  }
}
