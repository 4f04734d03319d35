import Analysis
import Foundation
import Messages
import Recipe
import RunStore
import Text

extension Engine {
  package func answer(_ query: Query) async -> Reply {
    do {
      switch query {
      case .run(let id):
        guard let run = await bus.currentSnapshot().run(id) else {
          _ = try known(id)
          break
        }
        return .run(run)
      case .examples(let id):
        try await settle(id)
        return .examples(try await store.examples(of: id))
      case .pictures(let request): return .pictures(try await pictures(request))
      case .latencyBlocks(let id):
        try await settle(id)
        return .latencyBlocks(try await store.latencyBlocks(of: id))
      case .heats(let id):
        try await settle(id)
        return .heats(try await store.heats(of: id))
      case .log(let limit):
        if isReadOnly { return .log(await bus.currentSnapshot().notices.suffix(limit)) }
        if blockedReason == nil && !hasShutDown { await bus.flush() }
        return .log(try await store.notices(limit: limit))
      case .trash: return .trash(try await store.trashed())
      case .compare(let ids, let baseline): return .comparison(try await compare(ids, baseline: baseline))
      case .combinations(let id): return .combinations(try await combinations(like: id))
      case .runGroups(let groups):
        let snapshot = await bus.currentSnapshot()
        return .runGroups(try await Blocking.run { RunGroups.summaries(groups, in: snapshot) })
      case .browse(let purpose, let folder): return .listing(try await listing(purpose, folder))
      case .examplesOfData(let request): return .examplesOfData(try await examples(request))
      case .promise(let requests): return .promise(try await promise(requests))
      case .searchPlans(let requests): return .searchPlans(try await preparations(requests))
      case .probe(let request): return .probe(try await probe(request))
      case .answers(let question): return .answers(try await answer(question))
      case .estimate(let sweep): return .estimate(try await estimate(sweep))
      case .runsToDo(let sweep): return .runsToDo(try await runsToDo(sweep))
      case .advice(let request): return .advice(try await advice(request))
      case .fleets: return .fleets(try await store.fleets())
      case .peft(let request): return .peft(try await facts(request))
      case .published: return .published(try PublishedStudy.standard().figures)
      }
      return .refused("the run is gone")
    } catch {
      return .refused(Refusal(Failure.line(error), exitStatus: Failure.exitStatus(error)))
    }
  }

  /// Why a run of the store cannot be read; nil for one that can, and for a number that no run has.
  package func whyUnreadable(_ id: RunID) -> String? { unreadable[id] }

  /// Everything that the run has emitted is in the store before it is read from there.
  private func settle(_ id: RunID) async throws {
    if await bus.currentSnapshot().run(id) == nil { _ = try known(id) }
    if !isReadOnly && blockedReason == nil && !hasShutDown { await bus.flush() }
  }

  private func compare(_ ids: [RunID], baseline: RunID) async throws -> Comparison {
    guard (2...8).contains(ids.count), Set(ids).count == ids.count else {
      throw Refusal("two to eight different runs can be compared, not \(ids.count)", exitStatus: 64)
    }
    guard ids.contains(baseline) else {
      throw Refusal("the baseline \(baseline) is not among the compared runs", exitStatus: 64)
    }
    let snapshot = await bus.currentSnapshot()
    var entries: [ComparisonBuilder.Entry] = []
    for id in ids {
      try await settle(id)
      guard let run = snapshot.run(id) else { throw Refusal("there is no run \(id)", exitStatus: 66) }
      entries.append(ComparisonBuilder.Entry(run: run, examples: try await store.examples(of: id)))
    }
    let base = try await baseEntry(of: baseline, in: snapshot)
    // One figure has the times of one machine.
    let times = try await tokenTimes(OneMachine(entries.map(\.run)).runs, baseline: baseline)
    let built = try await Blocking.run { [entries] in
      var comparison = ComparisonBuilder.build(entries, baseline: baseline, base: base)
      comparison?.tokenTimes = times
      return comparison
    }
    guard let built else { throw Refusal("there is no run \(baseline)", exitStatus: 66) }
    return built
  }

  /// How long single tokens took, by run; the base's are those that were measured beside the baseline, or beside the first run that has any.
  func tokenTimes(_ runs: [RunSummary], baseline: RunID) async throws -> TokenTimes? {
    var times: [(run: RunID?, milliseconds: [Double])] = []
    var base: (run: RunID?, milliseconds: [Double])?
    for run in runs where run.latency != nil {
      let blocks = try await store.latencyBlocks(of: run.id)
      times.append((run.id, blocks.filter { !$0.isBase }.flatMap(\.millisecondsPerToken)))
      if base == nil || run.id == baseline {
        base = (nil, blocks.filter(\.isBase).flatMap(\.millisecondsPerToken))
      }
    }
    return TokenTimes(times + (base.map { [$0] } ?? []))
  }

  /// The finished evaluation of the base on which a run stands, if there is one.
  private func baseEntry(of id: RunID, in snapshot: Snapshot) async throws -> ComparisonBuilder.Entry? {
    guard let run = snapshot.run(id), let base = snapshot.baseline(of: run.plan), base.state == .done,
      base.prepared?.baseFingerprint == run.prepared?.baseFingerprint
    else { return nil }
    return ComparisonBuilder.Entry(run: base, examples: try await store.examples(of: base.id))
  }

  private func combinations(like id: RunID) async throws -> [CombinationSummary] {
    try await settle(id)
    let snapshot = await bus.currentSnapshot()
    guard let like = snapshot.run(id) else { throw Refusal("there is no run \(id)", exitStatus: 66) }
    let cells = CombinationPlot.cells(snapshot.runs, like: like)
    var examples: [RunID: [ExampleScoreRecord]] = [:]
    for run in cells.filter({ resampled[$0.runs.map(\.id)] == nil }).flatMap(\.runs) {
      examples[run.id] = try await store.scores(of: run.id)
    }
    let model = snapshot.model.flatMap { $0.reference == like.plan.model ? $0 : nil }
    let fleets = try await store.fleets().ofOneMachine(preferring: Machine.identity)
    return try await Blocking.run { [cells, examples, resampled] in
      var cells = cells
      var scores: [[RunID]: ResampledScore] = [:]
      for place in cells.indices {
        let ids = cells[place].runs.map(\.id)
        let score = resampled[ids] ?? ResampledScore(ids.map { examples[$0] ?? [] }, run: ids.first ?? 0)
        scores[ids] = score
        cells[place].score = score ?? ResampledScore(cells[place].runs.compactMap(\.score?.score))
      }
      resampled.keep(scores)
      return CombinationPlot.summaries(cells, fleets: fleets) { plan in
        model?.adapterParameters(plan.targets, plan.settings)
      }
    }
  }

  /// Reads what another engine has written since the last time; only for an engine that only reads.
  func refresh() async {
    do {
      let snapshot = await bus.currentSnapshot()
      let marks = try await store.marks()
      var changed: [RunSummary] = []
      for (id, mark) in marks where marksSeen[id] != mark {
        do {
          if let run = try await store.run(id, continuing: snapshot.run(id)) { changed.append(run) }
        } catch let error as StoreError where error.reason == .unreadable {
          unreadable[id] = "its row cannot be read"
        }
      }
      let gone = snapshot.runs.map(\.id).filter { marks[$0] == nil }
      marksSeen = marks
      for run in changed { runs[run.id] = EngineRun(plan: run.plan, phase: .ended(run.state)) }
      for id in gone { runs[id] = nil }
      schedule.queue = try await store.queue().filter { unreadable[$0] == nil }
      let notices = try await store.notices(limit: 50)
      try await loadSearches(snapshot.runs)
      bus.change { [queue = schedule.queue, changed] snapshot in
        for run in changed {
          if let index = snapshot.index(of: run.id) {
            snapshot.runs[index] = run
          } else {
            snapshot.runs.append(run)
          }
        }
        snapshot.runs.removeAll { gone.contains($0.id) }
        snapshot.runs.sort { $0.id < $1.id }
        snapshot.queue = queue
        snapshot.notices = notices
      }
    } catch {
      // The end has closed the store meanwhile.
      if ticker?.isCancelled == true { return }
      notice(.warning, Failure.line(error), run: nil)
    }
  }

  // MARK: Folders and data

  /// Recent models or files that the browser offers first.
  private static let mostRecent = 6

  /// A folder, with what was used lately; without one, where the last choice was made, or the home folder.
  func listing(_ purpose: FolderListing.Purpose, _ folder: String?) async throws -> FolderListing {
    let recent = await recent(purpose)
    let beside = recent.first.map { ($0.path as NSString).deletingLastPathComponent }
    return try await Blocking.run {
      let browser = FolderBrowser(purpose)
      if folder == nil, let beside, let listing = try? browser.listing(of: beside, recent: recent) { return listing }
      return try browser.listing(of: folder ?? PersonFolders.current.home, recent: recent)
    }
  }

  func examples(_ request: DataPreview.Request) async throws -> DataPreview {
    let base = try await load(request.model)
    return try await Blocking.run { try DataPreview.load(request, base: base) }
  }

  private func pictures(_ request: SamplePictureRequest) async throws -> [SamplePicture] {
    guard let run = await bus.currentSnapshot().run(request.run) else {
      throw Refusal("there is no run \(request.run)", exitStatus: 66)
    }
    return try await Blocking.run { [samplePictures] in try samplePictures.pictures(request, of: run.plan) }
  }

  private func recent(_ purpose: FolderListing.Purpose) async -> [FolderBrowser.Recent] {
    let snapshot = await bus.currentSnapshot()
    let used = snapshot.runs.reversed().map { run in
      purpose == .model ? run.plan.model.recent : run.plan.data.recent
    }
    let selected = purpose == .model ? snapshot.model?.reference.recent : snapshot.data?.reference.recent
    var places: [FolderBrowser.Recent] = []
    for place in [selected] + used {
      if let place, !places.contains(place) { places.append(place) }
      if places.count == Self.mostRecent { break }
    }
    return places
  }
}

extension ModelReference {
  fileprivate var recent: FolderBrowser.Recent? {
    if case .folder(let path) = self { FolderBrowser.Recent(path: path) } else { nil }
  }
}

extension DataReference {
  fileprivate var recent: FolderBrowser.Recent? {
    switch self {
    case .file(let path, _): FolderBrowser.Recent(path: path)
    case .published(_, let path, _): FolderBrowser.Recent(path: path, published: self)
    case .task: nil
    }
  }
}
