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
  @Option(
    help: ArgumentHelp("Start with a built-in task, or a JSONL, JSON, CSV or Parquet file.", valueName: "task|file"))
  var data: String?
  @Option(help: ArgumentHelp("Evaluate on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of the file for evaluation.", valueName: "share"))
  var evalShare: Double?
  @OptionGroup var form: DataFormFlags
  @OptionGroup var store: StoreFlags
  @Flag(help: "One plain line an event instead of the screen.") var plain = false
  @Flag(help: "Look, but change nothing.") var readOnly = false
  @Option(
    help: ArgumentHelp(
      "Look at runs that are trained elsewhere, from a cluster's folder or a folder of logs; nothing is changed there.",
      valueName: "dir"))
  var watch: String?
  @OptionGroup var replay: ReplayFlags
  @OptionGroup var picture: PictureFlags
  @Option(help: "auto, never, 16, 256 or truecolor.") var color = "auto"
  @Option(help: "braille, blocks or ascii (default: by locale).") var charset: Terminal.CharacterSet?
  @Flag(help: "Pictures as cells, even in a terminal that shows pictures.") var noGraphics = false
  @Option(help: "A theme by name.") var theme: String?
  @Option(help: ArgumentHelp("Runs at once: auto measures what is faster.", valueName: "auto|number")) var jobs =
    JobsChoice.auto
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  func validate() throws {
    if ColorDepth.parse(color) == nil {
      throw ValidationError("--color is auto, never, 16, 256 or truecolor, not '\(color)'")
    }
    try ArgumentRange.threads(threads)
    if picture.picture != nil, !replay.isOn { throw ValidationError("--picture goes with --replay") }
    if watch != nil, replay.isOn || store.store != nil || data != nil || model.reference != .builtin {
      throw ValidationError("--watch shows what is in its folder: leave out --replay, --store, --data and --model")
    }
    if replay.isOn, data != nil || eval != nil || evalShare != nil || model.reference != .builtin {
      throw ValidationError("--replay shows what is in the store: leave out --data, --eval, --eval-share and --model")
    }
  }

  func run() async throws {
    MemoryReturn.limitArenas()
    let (configuration, settings, faults) = chosen()
    for fault in faults { ProgressLine().note("lorascope: \(fault)") }
    let (chosenTheme, themeFault) = try Themes.chosen(flag: theme, option: settings.theme)
    let keymap = try Keys.keymap(settings.keys)
    let watched = try watch.map { try WatchedFolder($0) }
    let watching = try await watched?.begin()
    var desk: Task<Void, Never>?
    defer {
      desk?.cancel()
      watching?.cancel()
      watched?.remove()
    }
    let bus: MessageBus
    if replay.isOn {
      bus = try await replay.open(store: store.url, threads: threads)
    } else {
      let session = try await open(watched?.store)
      bus = session.bus
      desk = watched.flatMap { ClusterDesk($0.folder, engine: session.engine, bus: session.bus) }?.begin()
    }
    if let path = picture.picture, let (screen, result) = picture.screen() {
      let options = DashboardOptions(
        readOnly: true, themeFolders: Themes.folders, keymap: keymap.replaying, configuration: configuration)
      _ = await DashboardProgram(bus: bus, screen: screen, theme: chosenTheme, options: options).run()
      return try result.check(path)
    }
    if plain { return try await runPlain(bus) }
    guard let screen = openScreen(settings) else { return try await runPlain(bus) }
    let log = LogFile.url(beside: watched?.store ?? store.url ?? StoreLocation.defaultStore()).path
    CursesScreen.setCrashLog(log)
    CursesScreen.setCrashNote(
      "lorascope: it crashed; the trace is in \(log), and `lorascope resume` goes on from the last checkpoints")
    // What a quit or a kill left goes on, with a notice.
    if goesOn { _ = await bus.send(.resumeUnfinished) }
    let program = DashboardProgram(
      bus: bus, screen: screen, theme: chosenTheme,
      options: DashboardOptions(
        readOnly: isReadOnly, watches: watch != nil, adoptsNewest: adoptsNewest, storeIsHeld: storeIsHeld,
        themeFolders: Themes.folders,
        keymap: replay.isOn ? keymap.replaying : watch != nil ? keymap.watching : keymap,
        configuration: configuration, faults: faults.map(\.description) + (themeFault.map { [$0] } ?? []),
        // A replay writes nothing.
        rememberedFile: replay.isOn ? nil : ConfigurationFolder.remembered))
    let reason = await program.run()
    if reason.exitStatus != 0 { throw ExitCode(reason.exitStatus) }
  }

  /// What a quit or a kill left is trained further.
  private var goesOn: Bool { !isReadOnly && !replay.isOn }

  private var isReadOnly: Bool { readOnly || watch != nil }

  /// What a person names goes before what the store's newest run had, and what was trained elsewhere may not be here.
  private var adoptsNewest: Bool { !replay.isOn && watch == nil && data == nil && model.reference == .builtin }

  /// What is trained elsewhere holds no lock here.
  private var storeIsHeld: (@Sendable () -> Bool)? {
    guard watch == nil, !replay.isOn else { return nil }
    let holder = StoreHolder(store: store.url ?? StoreLocation.defaultStore())
    return { holder.isThere() }
  }

  /// What `config.toml` says, the same with what was chosen last, and what is wrong with the file.
  private func chosen() -> (DashboardSettings, DashboardSettings, [ConfigFault]) {
    let (configuration, faults) = ConfigFile.read(ConfigurationFolder.file)
    let remembered = replay.isOn ? RememberedFile() : RememberedFile(reading: ConfigurationFolder.remembered)
    return (configuration, remembered.applied(to: configuration), faults)
  }

  /// nil, with a line that says why, where there is no terminal to draw on.
  private func openScreen(_ settings: DashboardSettings) -> CursesScreen? {
    do {
      let depth = ColorDepth.parse(color) ?? nil
      return try CursesScreen(
        options: ScreenOptions(
          color: depth ?? settings.color, characterSet: charset ?? settings.charset,
          graphics: !noGraphics && settings.graphics))
    } catch {
      ProgressLine().note("lorascope: \(error); going on with plain lines, as with --plain")
      return nil
    }
  }

  private func open(_ watched: URL?) async throws -> StudySession {
    let session = try await StudySession.open(
      store: watched ?? store.url, threads: threads, jobs: jobs.count, readOnly: isReadOnly, forDashboard: true)
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
    let what =
      replay.isOn ? "a replay, in which nothing trains" : "\(Counted.text(snapshot.runs.count, "run")) in the store"
    print("lorascope: \(what)")
    let watch = SignalWatch { _ in Task { _ = await bus.send(.shutdown(.save)) } }
    if goesOn { _ = await bus.send(.resumeUnfinished) }
    // What is trained elsewhere is looked at until somebody ends that.
    await PlainProgress.run(bus: bus, untilIdle: self.watch == nil, storeIsHeld: storeIsHeld) {
      print(OneLine.text($0))
    }
    _ = await bus.send(.shutdown(.save))
    if let signal = watch.received {
      throw replay.isOn ? CommandError("interrupted", status: 128 + signal) : StudySession.interrupted(signal)
    }
  }
}

extension Terminal.CharacterSet: ExpressibleByArgument {}

/// The keys of `keys.toml` in the configuration folder, where there is one, or of the file that `config.toml` names.
enum Keys {
  static func keymap(_ named: String) throws -> Keymap {
    let file =
      named.isEmpty
      ? ConfigurationFolder.url.appending(path: "keys.toml")
      : URL(fileURLWithPath: PersonFolders.current.expandingTilde(named), relativeTo: ConfigurationFolder.url)
    guard !named.isEmpty || FileManager.default.fileExists(atPath: file.path) else { return .standard }
    do {
      return try KeysFile.keymap(from: file)
    } catch {
      // What config.toml names is an option, and a wrong option never keeps the dashboard shut.
      guard !named.isEmpty else { throw CommandError("\(error)", status: 65) }
      ProgressLine().note("lorascope: \(error); the standard keys are used")
      return .standard
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
    guard let name else { return Theme.night }
    do { return try ThemeFolder.theme(named: name, in: folders).theme } catch {
      throw CommandError("\(error)", status: error.isMissing ? 66 : 65)
    }
  }

  /// The theme of `--theme`, which has to be there, or else that of the options: a wrong one is a line, and the built-in one is used.
  static func chosen(flag: String?, option: String) throws -> (theme: Theme, fault: String?) {
    if let flag { return (try named(flag), nil) }
    do { return (try ThemeFolder.theme(named: option, in: folders).theme, nil) } catch {
      return (.night, "\(error); Night is used")
    }
  }

  private static var executableFolder: String {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (path as NSString).deletingLastPathComponent
  }
}

/// Where a person's own options, themes and keys are: `lorascope` in the XDG configuration folder; what the dashboard remembers is in the
/// state folder.
enum ConfigurationFolder {
  static var url: URL { URL(fileURLWithPath: PersonFolders.current.configuration).appending(path: "lorascope") }
  static var file: URL { url.appending(path: "config.toml") }
  static var remembered: URL {
    URL(fileURLWithPath: PersonFolders.current.state).appending(path: "lorascope/dashboard.toml")
  }

  /// The store that `config.toml` names for every verb without `--store`; a path from the folder of the file, or from `~`.
  static let store: URL? = {
    let (settings, faults) = ConfigFile.read(file)
    // The dashboard shows them; another verb must not use another store than a person thinks without a word.
    for fault in faults where fault.reason.contains("`store`") || fault.reason.contains("the defaults are used") {
      ProgressLine().note("lorascope: \(fault)")
    }
    guard !settings.store.isEmpty else { return nil }
    return URL(fileURLWithPath: PersonFolders.current.expandingTilde(settings.store), relativeTo: url)
      .standardizedFileURL
  }()
}
