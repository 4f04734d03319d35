import Messages
import Recipe
import Terminal

/// The only writer of the state. Pure: what has to happen outside is returned as effects.
package struct Update {
  package var state: DashboardState
  package var effects: [Effect] = []
  let keymap: Keymap

  /// Applies one input.
  /// - Parameter now: seconds since 1970; nil leaves the state's time as it is.
  /// - Returns: what the program does next, in order.
  package static func apply(
    _ input: Input, to state: inout DashboardState, at now: Double? = nil, keymap: Keymap = .standard
  ) -> [Effect] {
    var update = Update(state: state, keymap: keymap)
    // A replay has a time of its own.
    if let now { update.state.now = update.state.snapshot.engine.replay?.time ?? now }
    update.take(input)
    update.settle()
    state = update.state
    return update.effects
  }

  private init(state: DashboardState, keymap: Keymap) {
    self.state = state
    self.keymap = keymap
  }

  private mutating func take(_ input: Input) {
    switch input {
    case .key(let key): press(key)
    case .snapshot(let snapshot): take(snapshot)
    case .outcome(let command, let outcome): take(outcome, of: command)
    case .reply(let question, let reply): take(reply, to: question)
    case .resize(let size): state.size = size
    case .theme(let name, let failure):
      if let failure {
        state.say(failure, .error)
      } else {
        state.themeName = name
      }
    case .themeChanged(let failure):
      if let failure {
        state.say("\(failure); the theme from before stays", .error)
      } else {
        state.say("\(state.themeName): the theme's file has changed and was read again")
      }
    case .machine(let status): state.machine = status
    case .curves(let curves): for curve in curves { state.curves.take(curve) }
    case .rowLosses(let rows): state.readingRows.subtract(rows)
    case .exported(.success(let path)): state.say("written: \(Path.abbreviated(path))", .good)
    case .exported(.failure(let failure)): state.say("\(failure)", .error)
    case .themes(let names, let faults): take(themes: names, faults: faults)
    case .colorDepth(let depth):
      state.colorDepth = depth
      state.say("colours: \(depth.rawValue)")
    }
  }

  // MARK: Keys

  private mutating func press(_ key: Key) {
    switch key {
    case .resize, .resumed, .focusGained, .focusLost: return
    case .signal(let number):
      send(.shutdown(.save))
      effects.append(.quit(.terminated(signal: number)))
    case .hangup:
      send(.shutdown(.save))
      effects.append(.quit(.hangup))
    default: pressed(key)
    }
  }

  /// A key of the keyboard, a paste or the mouse: to what is open over the screen, else to the focused pane.
  private mutating func pressed(_ key: Key) {
    if state.layout.sizeClass == .tooSmall { return pressTooSmall(key) }
    if case .mouse(let event) = key, event.action == .press, event.button == .left, event.y == state.layout.hints.y {
      if let key = HintRow.key(at: event.x, state, keymap: keymap, in: state.layout.hints) { pressed(key) }
      return
    }
    // A question that came while the palette was open lies over it.
    let isCovered = state.dialog != nil && state.field?.purpose == .command
    if state.field != nil, !isCovered { return pressInField(key) }
    if key == .control("c") { return interrupt() }
    if key == .control("z") { return effects.append(.suspend) }
    if key == .control("l") { return effects.append(.redraw) }
    if state.dialog != nil { return pressInDialog(key) }
    if state.preview != nil { return pressInPreview(key) }
    if state.probe?.isOpen == true { return pressInProbe(key) }
    if state.answers?.isOpen == true { return pressInAnswers(key) }
    if state.browser != nil { return pressInBrowser(key) }
    if state.help != nil { return pressInHelp(key) }
    // Outside a field a paste is no keys.
    if case .paste = key { return }
    if case .mouse(let event) = key { return point(event) }
    guard let binding = keymap.binding(for: key, chain: state.focusedPane.chain) else { return sayUnbound(key) }
    perform(binding)
  }

  mutating func perform(_ binding: KeyBinding) {
    if binding.changesRuns, let reason = state.readOnlyReason { return state.say(reason, .warning) }
    if let reason = binding.whyNot(state) { return state.say("\(binding.label): \(reason)", .warning) }
    perform(binding.action)
  }

  /// Below the least size: pause, pause the queue, quit, with the keys that they have elsewhere.
  private mutating func pressTooSmall(_ key: Key) {
    if key == .control("c") { return saveAndQuit() }
    if key == .control("z") { return effects.append(.suspend) }
    if key == .control("l") { return effects.append(.redraw) }
    guard let binding = keymap.binding(for: key, chain: TooSmallView.chain) else { return }
    if binding.changesRuns, state.readOnlyReason != nil { return }
    if binding.action == .go(.leave) || binding.action == .program(.interrupt) { return saveAndQuit() }
    if binding.action == .runs(.pause) {
      if let run = state.activeRuns.first ?? state.snapshot.runs.first(where: { $0.state == .paused }) {
        send(run.state == .paused ? .resume(run.id) : .pause(run.id))
      }
    } else if [.program(.pauseQueue), .program(.suspend), .program(.redraw)].contains(binding.action) {
      perform(binding.action)
    }
  }

  /// Without the question, for which there is no room: nothing is lost by saving.
  private mutating func saveAndQuit() {
    send(.shutdown(.save))
    effects.append(.quit(.quit))
  }

  mutating func send(_ command: Command) { effects.append(.send(command)) }

  // MARK: Answers

  private mutating func take(_ outcome: CommandOutcome, of command: Command) {
    let isAdoption = isAdoption(command)
    switch outcome {
    case .refused(let refusal):
      if isAdoption { state.setup.beginAnew() }
      state.say(refusal.line, .error)
    case .wouldReplace(let line): state.dialog = Dialogs.overwrite(line, command)
    case .accepted(let runs):
      switch command {
      case .queue, .evaluateBase, .runOfStudy, .prune, .repeatWithNextSeed: state.say(queued(runs), .good)
      case .sweep(let plan) where plan.searches != nil:
        state.say("the search has begun: its heats are on Sweep", .good)
      case .search: state.say("the search has begun: its heats are on Sweep", .good)
      case .endSearch(let id): state.say("search \(id) ends with its best answer so far")
      case .sweep: state.say("sweep: \(queued(runs))", .good)
      case .delete(let runs):
        state.say(
          runs.count == 1
            ? "the record is in the trash for 7 days; :undelete brings it back"
            : "\(runs.count) records are in the trash for 7 days; :undelete brings them back")
      case .undelete: state.say("#\(runs.map(String.init).joined(separator: " #")) is back", .good)
      case .export(let run, let path, _), .exportBF16(let run, let path, _):
        state.say("#\(run)'s adapter is in \(Path.abbreviated(path))", .good)
      case .exportReport(_, let path, _): state.say("the report is in \(Path.abbreviated(path))", .good)
      case .exportConfiguration(let tool, _, _, let path, _):
        state.say("\(tool.displayName) configuration: \(Path.abbreviated(path))", .good)
      case .measureLatency(let runs):
        state.say(
          runs.count == 1
            ? "#\(runs[0]) is measured again as soon as nothing trains; t takes it back"
            : "\(runs.count) runs are measured again as soon as nothing trains")
      case .keepLatency: state.say("its latency stays as it is")
      case .measureFleet(let run, let sequences):
        let batches = sequences.map(String.init).joined(separator: ", ")
        state.say(
          "#\(run): batches of \(batches) adapters like its own are measured; nothing trains meanwhile, F ends it")
      case .stopFleet: state.say("the measurement of the fleet ends: nothing of it is kept")
      case .label(let runs, let change): state.say(change.sentence(runs), .good)
      case .measureSpeed: state.say("measuring how fast runs go here; nothing trains meanwhile")
      // What Setup begins with is said already.
      case .selectData, .selectDataUnder, .selectModel:
        if !isAdoption { sayChosen(command) }
      case .pauseQueue(let paused): state.say(paused ? "the queue is paused: P goes on" : "the queue goes on")
      case .cluster(let order): state.say(ClusterDialog.sentence(order), .good)
      // What these do is seen in the runs themselves.
      case .pause, .resume, .stop, .cancel, .move, .setJobs, .setSeriesSlot, .resumeUnfinished, .stopProbe,
        .stopAnswers,
        .keepFleets, .replay, .shutdown:
        return
      }
    }
  }

  private mutating func sayChosen(_ command: Command) {
    switch command {
    case .selectData(let reference), .selectDataUnder(let reference, _):
      state.say("dataset: \(reference.displayName)")
    case .selectModel(let reference): state.say("base model: \(reference.displayName)")
    default: return
    }
  }

  private func queued(_ runs: [RunID]) -> String {
    guard let first = runs.first, let last = runs.last else { return "nothing to do: every run is finished already" }
    return runs.count == 1 ? "#\(first) is in the queue" : "\(runs.count) runs are in the queue: #\(first) to #\(last)"
  }

  private mutating func take(_ reply: Reply, to question: Question) {
    switch question {
    case .compare(let request):
      let before = state.compare.comparison?.rows.map(\.run.id)
      state.compare.answer.take(reply, to: request, \.comparison)
      state.compare.settle(before: before)
    case .examples(let request):
      state.run.answer.take(reply, to: request, \.examples)
      state.run.sample = min(state.run.sample, max(0, state.run.examples.count - 1))
    case .pictures(let request): state.pictures.take(reply, to: request, \.pictures)
    case .latencyBlocks(let request):
      state.run.latency.take(reply, to: request) { $0.latencyBlocks.map(LatencyHistogram.init) }
    case .log(let newest): state.log.answer.take(reply, to: newest, \.log)
    case .estimate(let request): state.estimate.take(reply, to: request, \.estimate)
    case .sweepEstimate(let request):
      let isNew = state.sweepEstimate.take(reply, to: request, \.estimate)
      if isNew, state.dialog?.title == Dialogs.sweepTitle { state.dialog = Dialogs.sweep(state) }
    case .advice(let request):
      state.advise.answer.take(reply, to: request, \.advice)
      state.advise.finding = min(state.advise.finding, max(0, (state.advise.advice?.findings.count ?? 0) - 1))
      state.advise.tradeoff = min(state.advise.tradeoff, max(0, (state.advise.advice?.tradeoffs.count ?? 0) - 1))
    case .published: state.published.take(reply, to: .once, \.published)
    case .combinations(let request): state.combinations.take(reply, to: request, \.combinations)
    case .runGroups(let request):
      guard state.runGroups.take(reply, to: request, \.runGroups) else { return }
      let known = zip(request.groups, state.runGroups.value ?? [])
      state.groupSummaries = Dictionary(known.map { ($0, $1) }) { first, _ in first }
    case .fleets(let request):
      let machine = state.snapshot.engine.machine
      state.fleets.take(reply, to: request) { $0.fleets.map { FleetFacts($0, machine: machine) } }
    case .peft(let request): state.peft.take(reply, to: request, \.peftFacts)
    case .examplesOfData(let request): state.preview?.answer.take(reply, to: request, \.examplesOfData)
    case .probe(let request): state.probe?.take(reply, to: request)
    case .answers(let question): state.answers?.answer.take(reply, to: question, \.answers)
    case .browse(let purpose, let folder): take(reply, purpose: purpose, folder: folder)
    case .trash:
      if case .trash(let runs) = reply {
        if runs.isEmpty { state.say("the trash is empty") } else { state.dialog = Dialogs.trash(runs, state) }
      } else if case .refused(let refusal) = reply {
        state.say(refusal.line, .error)
      }
    }
  }
}

extension DashboardState {
  /// Why nothing may be changed here; nil when it may.
  package var readOnlyReason: String? {
    if snapshot.engine.replay != nil { return ReplayStatus.changesNothing }
    if watches { return "read only: these runs are trained elsewhere" }
    if isReadOnly { return "read only: started with --read-only" }
    if snapshot.engine.isReadOnly { return "read only: another lorascope works on this store" }
    return nil
  }
}

/// Everything that changes the state.
package enum Input: Sendable {
  case key(Key)
  case snapshot(Snapshot)
  /// The engine's answer to a command that was sent.
  case outcome(Command, CommandOutcome)
  case reply(Question, Reply)
  case resize(ScreenSize)
  /// A theme is in use, or could not be read (one line).
  case theme(name: String, failure: String?)
  /// The file of the theme in use is another one: it was read again, or is wrong (one line).
  case themeChanged(failure: String?)
  /// What the machine does; nil at rest.
  case machine(MachineStatus?)
  /// Curves that were read.
  case curves([CurveStore.Curve])
  /// What the table says of these runs' losses is remembered now.
  case rowLosses(Set<RunID>)
  /// The path of a file that was written, or why it was not.
  case exported(Result<String, ExportFailure>)
  /// The themes that there are now, and what is wrong with other files of the folders.
  case themes([String], faults: [String])
  case colorDepth(ColorDepth)
}

/// What the program does after an update.
package enum Effect: Sendable {
  case send(Command)
  case ask(Question)
  /// Reading of a store, off the dashboard's thread.
  case read(CurveReading)
  /// Written to the folder that lorascope was started in, off the dashboard's thread.
  case export(ExportDocument)
  case setTheme(String)
  case listThemes
  case setColorDepth(ColorDepth)
  case copy(String)
  case setMouse(Bool)
  case ring
  case notify(String)
  case redraw
  case suspend
  case quit(ExitReason)
}

/// What a reply is about: a reply to a question that is no longer of interest is dropped.
package enum Question: Hashable, Sendable {
  case compare(CompareView.Request)
  case examples(RunView.Request)
  case pictures(SamplePictureRequest)
  case latencyBlocks(RunView.LatencyRequest)
  case log(newest: Double)
  case browse(FolderListing.Purpose, folder: String?)
  case examplesOfData(DataPreview.Request)
  case probe(ProbeRequest)
  case answers(AdapterQuestion)
  case trash
  case estimate(EstimateRequest)
  case sweepEstimate(EstimateRequest)
  case advice(AdviseView.Request)
  case published
  case combinations(CombinationsRequest)
  case runGroups(RunGroupsRequest)
  case fleets(FleetsRequest)
  case peft(PEFTRequest)

  package var query: Query {
    switch self {
    case .compare(let request): .compare(request.runs, baseline: request.baseline)
    case .examples(let request): .examples(request.run)
    case .pictures(let request): .pictures(request)
    case .latencyBlocks(let request): .latencyBlocks(request.run)
    case .log: .log(limit: 1000)
    case .browse(let purpose, let folder): .browse(purpose, folder: folder)
    case .examplesOfData(let request): .examplesOfData(request)
    case .probe(let request): .probe(request)
    case .answers(let question): .answers(question)
    case .trash: .trash
    case .estimate(let request), .sweepEstimate(let request): .estimate(request.plan)
    case .advice(let request): .advice(request.study)
    case .published: .published
    case .combinations(let request): .combinations(like: request.like)
    case .runGroups(let request): .runGroups(request.groups)
    case .fleets: .fleets
    case .peft(let request): .peft(request)
    }
  }
}

/// Why the dashboard ended.
package enum ExitReason: Equatable, Sendable {
  /// A person left.
  case quit
  /// SIGTERM, or SIGINT from outside.
  case terminated(signal: Int32)
  /// The terminal is gone.
  case hangup

  /// The process's exit status.
  package var exitStatus: Int32 {
    switch self {
    case .quit: 0
    case .terminated(let signal): 128 + signal
    case .hangup: 129
    }
  }
}
