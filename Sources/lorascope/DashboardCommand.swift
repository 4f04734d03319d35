import ArgumentParser
import Dashboard
import Engine
import Foundation
import Messages
import Recipe
import Terminal
import Text

/// `lorascope` alone.
struct DashboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard", abstract: "The dashboard (what opens without a verb).")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("Start with a built-in task, or a JSONL, JSON or CSV file.", valueName: "task|file"))
  var data: String?
  @Option(help: ArgumentHelp("Evaluate on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of the file for evaluation.", valueName: "share"))
  var evalShare: Double?
  @OptionGroup var form: DataFormFlags
  @OptionGroup var store: StoreFlags
  @Flag(help: "One plain line an event instead of the screen.") var plain = false
  @Flag(help: "Look, but change nothing.") var readOnly = false
  @OptionGroup var replay: ReplayFlags
  @Option(help: "auto, never, 16, 256 or truecolor.") var color = "auto"
  @Option(help: "braille, blocks or ascii (default: by locale).") var charset: Terminal.CharacterSet?
  @Option(help: "A theme by name.") var theme: String?
  @Option(help: ArgumentHelp("Runs at once: auto measures what is faster.", valueName: "auto|number")) var jobs =
    JobsChoice.auto
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  func validate() throws {
    if ColorDepth.parse(color) == nil {
      throw ValidationError("--color is auto, never, 16, 256 or truecolor, not '\(color)'")
    }
    try ArgumentRange.threads(threads)
    if replay.isOn, data != nil || eval != nil || evalShare != nil || model.reference != .builtin {
      throw ValidationError("--replay shows what is in the store: leave out --data, --eval, --eval-share and --model")
    }
  }

  func run() async throws {
    let chosenTheme = try Themes.named(theme)
    let keymap = try Keys.keymap()
    let bus = replay.isOn ? try await replay.open(store: store.url, threads: threads) : try await open().bus
    if plain { return try await runPlain(bus) }
    guard let screen = openScreen() else { return try await runPlain(bus) }
    let log = LogFile.url(beside: store.url ?? StoreLocation.defaultStore()).path
    CursesScreen.setCrashLog(log)
    CursesScreen.setCrashNote(
      "lorascope: it crashed; the trace is in \(log), and `lorascope resume` goes on from the last checkpoints")
    // What a quit or a kill left goes on, with a notice.
    if goesOn { _ = await bus.send(.resumeUnfinished) }
    let program = DashboardProgram(
      bus: bus, screen: screen, theme: chosenTheme,
      options: DashboardOptions(
        readOnly: readOnly, themeFolders: Themes.folders, keymap: replay.isOn ? keymap.replaying : keymap))
    let reason = await program.run()
    if reason.exitStatus != 0 { throw ExitCode(reason.exitStatus) }
  }

  /// What a quit or a kill left is trained further.
  private var goesOn: Bool { !readOnly && !replay.isOn }

  /// nil, with a line that says why, where there is no terminal to draw on.
  private func openScreen() -> CursesScreen? {
    do {
      return try CursesScreen(options: ScreenOptions(color: ColorDepth.parse(color) ?? nil, characterSet: charset))
    } catch {
      ProgressLine().note("lorascope: \(error); going on with plain lines, as with --plain")
      return nil
    }
  }

  private func open() async throws -> StudySession {
    let session = try await StudySession.open(
      store: store.url, threads: threads, jobs: jobs.count, readOnly: readOnly, forDashboard: true)
    if case .folder = model.reference {
      try PlanBuilder.check(model.reference)
      try await session.expect(.selectModel(model.reference))
    }
    if let data {
      var flags = DataFlags()
      flags.data = data
      flags.eval = eval
      flags.evalShare = evalShare
      try flags.validate()
      let names = await session.bus.currentSnapshot().availableData.map(\.name)
      let reference = try flags.reference(taskNames: names)
      try PlanBuilder.check(reference, settings: form.settings(), model: model.reference)
      var settings = RunSettings()
      form.put(into: &settings)
      try await session.expect(
        reference.isBuiltin ? .selectData(reference) : .selectDataUnder(reference, settings))
    }
    return session
  }

  /// Goes on with what is unfinished and ends when nothing is left to do; a replay ends when all of it was shown.
  private func runPlain(_ bus: MessageBus) async throws {
    let snapshot = await bus.currentSnapshot()
    StandardStreams.finishFirst()
    let what = replay.isOn ? "a replay, in which nothing trains" : "\(snapshot.runs.count) runs in the store"
    print("lorascope: \(what)")
    let watch = SignalWatch { _ in Task { _ = await bus.send(.shutdown(.save)) } }
    if goesOn { _ = await bus.send(.resumeUnfinished) }
    await PlainProgress.run(bus: bus, untilIdle: true) { print(OneLine.text($0)) }
    _ = await bus.send(.shutdown(.save))
    if let signal = watch.received {
      throw replay.isOn ? CommandError("interrupted", status: 128 + signal) : StudySession.interrupted(signal)
    }
  }
}

extension Terminal.CharacterSet: ExpressibleByArgument {}

/// The keys of `keys.toml` in the configuration folder, where there is one.
enum Keys {
  static func keymap() throws -> Keymap {
    let file = ConfigurationFolder.url.appending(path: "keys.toml")
    guard FileManager.default.fileExists(atPath: file.path) else { return .standard }
    do {
      return try KeysFile.keymap(from: file)
    } catch {
      throw CommandError("\(error)", status: 65)
    }
  }
}

/// Where themes are found: the person's own, then beside the executable, in the data folder, in the checkout.
enum Themes {
  static var folders: [URL] {
    var folders = [ConfigurationFolder.url.appending(path: "themes").path]
    // From the executable upwards: beside it, and the checkout that a build folder lies in.
    var place = executableFolder
    for _ in 0..<5 {
      folders.append(place + "/themes")
      place = (place as NSString).deletingLastPathComponent
    }
    folders.append(PersonFolders.current.data + "/lorascope/themes")
    return folders.filter { FileManager.default.fileExists(atPath: $0) }.map { URL(fileURLWithPath: $0) }
  }

  static func named(_ name: String?) throws -> Theme {
    do { return try found(name) } catch let error as ThemeError { throw CommandError("\(error)", status: 65) }
  }

  private static func found(_ name: String?) throws -> Theme {
    guard let name else { return Theme.night }
    for folder in folders {
      let file = folder.appendingPathComponent("\(name).toml")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      do { return try Theme.load(from: file) } catch { throw CommandError("\(error)", status: 65) }
    }
    let themes = Theme.available(in: folders).map(\.name)
    if let theme = Theme.available(in: folders).first(where: { $0.name.lowercased() == name.lowercased() }) {
      return theme
    }
    throw CommandError("no theme '\(name)' (there are: \(themes.joined(separator: ", ")))", status: 66)
  }

  private static var executableFolder: String {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (path as NSString).deletingLastPathComponent
  }
}

/// Where a person's own themes and keys are: `lorascope` in the XDG configuration folder.
enum ConfigurationFolder {
  static var url: URL { URL(fileURLWithPath: PersonFolders.current.configuration).appending(path: "lorascope") }
}
