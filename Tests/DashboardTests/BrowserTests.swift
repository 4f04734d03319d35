import Dashboard
import Messages
import Recipe
import Terminal
import Testing

@Suite("Browser and examples")
struct BrowserTests {
  private func listing(_ path: String, _ names: [(String, FolderListing.Kind)], recent: [String] = []) -> FolderListing
  {
    FolderListing(
      path: path, parent: path == "/" ? nil : "/",
      entries: names.map { FolderListing.Entry(name: $0.0, path: "\(path)/\($0.0)", kind: $0.1, note: "2 kB") },
      recent: recent.map { FolderListing.Entry(name: "used", path: $0, kind: .model, note: "llama, 269 MB") })
  }

  private func asked(_ effects: [Effect]) -> [String?] {
    effects.compactMap { if case .ask(.browse(_, let folder)) = $0 { folder } else { nil } }
  }

  private func open(_ purpose: FolderListing.Purpose, _ listing: FolderListing) -> DashboardState {
    var state = TestData.state()
    let field: SetupField = purpose == .model ? .model : .data
    state.focus[.main] = .setup
    state.setupField = field
    Driver.press(.enter, on: &state)
    let effects = Driver.type("f", on: &state)
    #expect(asked(effects) == [nil])
    Driver.apply(.reply(.browse(purpose, folder: nil), .listing(listing)), to: &state)
    return state
  }

  @Test("typing filters, Enter chooses a model, folders are entered")
  func model() throws {
    var state = open(
      .model,
      listing(
        "/models", [("SmolLM2-135M", .model), ("old", .folder), ("smol", .folder), (".hidden", .folder)],
        recent: ["/models/SmolLM2-135M"]))
    try Golden.check(state, "browser-120x36")
    #expect(state.browser?.rows.map(\.entry.name) == ["used", "..", "SmolLM2-135M", "old", "smol"])
    Driver.type("sm", on: &state)
    #expect(state.browser?.rows.map(\.entry.name) == ["SmolLM2-135M", "smol"])
    Driver.press(.down, on: &state)
    #expect(asked(Driver.press(.enter, on: &state)) == ["/models/smol"])
    // An answer to an older question is dropped.
    Driver.apply(.reply(.browse(.model, folder: nil), .listing(listing("/other", []))), to: &state)
    #expect(state.browser?.listing?.path == "/models")
    Driver.apply(.reply(.browse(.model, folder: "/models/smol"), .refused("there is no /models/smol")), to: &state)
    #expect(state.browser?.refusal == "there is no /models/smol")
    Driver.press(.escape, on: &state)
    #expect(state.browser?.filter == "")
    // Who went elsewhere looks for what is there, not for what was used before.
    #expect(state.browser?.rows.map(\.entry.name) == ["..", "SmolLM2-135M", "old", "smol"])
    Driver.type("smoll", on: &state)
    let commands = Driver.commands(Driver.press(.enter, on: &state))
    guard case .selectModel(.folder(path: "/models/SmolLM2-135M"))? = commands.first else {
      Issue.record("\(commands)")
      return
    }
    #expect(state.browser == nil)
  }

  @Test("a path can be typed: ~, / and names that end in /")
  func typed() {
    var state = open(.data, listing("/data", [("data", .folder), ("deep", .folder), ("a.jsonl", .data)]))
    #expect(asked(Driver.type("~", on: &state)) == ["~"])
    Driver.apply(.reply(.browse(.data, folder: "~"), .listing(listing("/data", [("data", .folder)]))), to: &state)
    #expect(asked(Driver.type("/", on: &state)) == ["/"])
    Driver.apply(
      .reply(.browse(.data, folder: "/"), .listing(listing("/", [("work", .folder), ("warm", .folder)]))), to: &state)
    Driver.type("w", on: &state)
    Driver.press(.tab, on: &state)
    #expect(state.browser?.filter == "w")
    #expect(asked(Driver.type("ork/", on: &state)) == ["//work"])
    Driver.apply(.reply(.browse(.data, folder: "//work"), .listing(listing("/work", []))), to: &state)
    Driver.type("x/", on: &state)
    #expect(state.browser?.refusal?.contains("begins with x") == true)
    Driver.press(.control("u"), on: &state)
    #expect(asked(Driver.press(.paste(" /elsewhere\n"), on: &state)) == ["/elsewhere"])
    Driver.press(.escape, .escape, on: &state)
    #expect(state.browser == nil)
  }

  @Test("keys that are typed before a folder is there wait for it")
  func typedAhead() {
    var state = open(.data, listing("/data", [("a.jsonl", .data)]))
    #expect(asked(Driver.type("/texts/a.j", on: &state)) == ["/"])
    #expect(Driver.press(.enter, on: &state).isEmpty)
    let root = listing("/", [("texts", .folder)])
    #expect(asked(Driver.apply(.reply(.browse(.data, folder: "/"), .listing(root)), to: &state)) == ["//texts"])
    #expect(state.preview == nil)
    Driver.apply(
      .reply(.browse(.data, folder: "//texts"), .listing(listing("/texts", [("b.csv", .data), ("a.jsonl", .data)]))),
      to: &state)
    #expect(state.preview?.request.data == .file(path: "/texts/a.jsonl", evaluation: .share(0.1)))
    Driver.press(.escape, on: &state)
    // Those that were meant for a folder that is not there are dropped.
    #expect(asked(Driver.press(.paste("/nowhere/"), .character("a"), .enter, on: &state)) == ["/nowhere/"])
    Driver.apply(.reply(.browse(.data, folder: "/nowhere/"), .refused("there is no /nowhere")), to: &state)
    #expect(state.browser?.refusal == "there is no /nowhere" && state.browser?.filter == "a.j")
    #expect(state.preview == nil)
  }

  @Test("a published data set that was used is chosen again as what it was")
  func publishedAgain() {
    let published = DataReference.published(name: "fincot", path: "/data/fincot", evaluation: .share(0.2))
    var state = open(
      .data,
      FolderListing(
        path: "/data", parent: "/", entries: [],
        recent: [.init(name: "fincot:fincot", path: "/data/fincot", kind: .data, published: published)]))
    #expect(Render.screen(state).text.contains { $0.contains("fincot:/data/fincot") && $0.contains("used lately") })
    Driver.press(.home, .enter, on: &state)
    #expect(state.preview?.request.data == published)
  }

  @Test("a data file is shown as the model will see it before it is used")
  func preview() throws {
    var state = open(.data, listing("/data", [("a.jsonl", .data)]))
    Driver.type("a.j", on: &state)
    let effects = Driver.press(.enter, on: &state)
    let request = try #require(
      effects.lazy.compactMap { if case .ask(.examplesOfData(let request)) = $0 { request } else { nil } }.first)
    #expect(request.data == .file(path: "/data/a.jsonl", evaluation: .share(0.1)))
    func pieces(_ texts: [(String, Bool)]) -> [TokenPiece] {
      texts.map { TokenPiece(id: 0, text: $0.0, isTrained: $0.1) }
    }
    let examples = DataPreview(
      detected: "prompt and completion, 1204 examples", rendering: "plain text", examples: 1084,
      evaluationExamples: 120, truncated: 12, leftOut: [17, 80, 81], tokens: 50_000, trainedTokens: 15_000,
      longest: 611,
      samples: [
        DataPreview.Sample(
          place: 1,
          pieces: pieces([
            ("Question:", false), (" how", false), (" many", false), (" pens?", false), ("\n", false),
            ("Answer:", false), (" 75", true), ("\n", true), ("<|end|>", true),
          ]), isTruncated: false),
        DataPreview.Sample(place: 2, pieces: pieces([("Which", false), (" one", true)]), isTruncated: true),
      ], answerEnd: AnswerEnd(text: "</s>", token: 2, count: 1, isTrained: true, stops: ["</s>"]),
      textStart: TextStart(token: "<s>", isOfTemplate: false, isAskedFor: nil))
    Driver.apply(.reply(.examplesOfData(request), .examplesOfData(examples)), to: &state)
    try Golden.check(state, "preview-120x36")
    Driver.type("t", on: &state)
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "preview-tokens-80x24")
    Driver.type(".", on: &state)
    #expect(state.preview?.sample == 1)
    Driver.type("-", on: &state)
    #expect(state.preview?.request.data == .file(path: "/data/a.jsonl", evaluation: .share(0.05)))
    #expect(state.preview?.examples == nil)
    let commands = Driver.commands(Driver.press(.enter, on: &state))
    guard case .selectDataUnder(.file(path: "/data/a.jsonl", evaluation: .share(0.05)), RunSettings())? = commands.first
    else {
      Issue.record("\(commands)")
      return
    }
    #expect(state.preview == nil && state.browser == nil)
    // What is chosen already can be looked at too.
    Driver.type("v", on: &state)
    #expect(state.preview?.isCandidate == false)
    Driver.press(.enter, on: &state)
    #expect(state.preview == nil)
  }
}
