import Foundation
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

@Suite struct RunLogTests {
  /// Losses, scores, examples, times and adapters, bit for bit.
  @Test func theStoreIsTheSameAfterExportAndImport() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    #expect(try await study.export().count == 3)
    let outcome = try await study.take()
    #expect(outcome.added == [1, 2, 3] && outcome.remarks.isEmpty)
    let (first, second) = (
      try await StoredContent.text(of: study.source), try await StoredContent.text(of: study.target)
    )
    #expect(first == second)
    #expect(first.contains("examples: ") && first.contains("latencyBlocks: ") && first.contains("heats: "))
    let files = StoredContent.files(of: StoreFolder(database: study.target))
    #expect(files == StoredContent.files(of: StoreFolder(database: study.source)))
    #expect(files.keys.sorted().contains("3/checkpoint") && files.count == 5)
    let store = try RunStore(at: study.target, mode: .reading)
    let run = try #require(try await store.run(1))
    #expect(run.origin?.host == "alpha" && run.origin?.engine == "lorascope test")
    #expect(run.latency?.host == "alpha" && run.latency?.machine == "a processor, avx2")
    #expect(run.prepared?.instructionSet == "avx2" && run.prepared?.machine == "a processor, avx2")
    #expect(run.adapterPath == StoreFolder(database: study.target).adapter(1).path)
    #expect(run.labels.name == "the best" && run.labels.tags == ["good"])
    #expect(try await store.run(3)?.lastCheckpointStep == 8)
    try store.close()
  }

  /// What it is left with if it leaves the race there: on a cluster, who decides that has nothing but its log. No result yet, so that no
  /// store names it before.
  @Test func whoWaitsAtAHeatBringsItsAdapter() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    let source = try RunStore(at: study.source, mode: .engine)
    let heat = HeatSummary(
      heat: 1, heats: 2, step: 8, totalSteps: 12, loss: 0.5, score: Interval(estimate: 0.5, low: 0, high: 1),
      examples: 2, seconds: 3)
    for seed in 1...2 as ClosedRange<UInt64> {
      let id = try await study.begin(source, seed: seed, steps: 8)
      let contents: [Event.Content] = [
        .heat(heat, scores: [0, 1], groups: [nil, nil]), .stateChanged(.paused, reason: "waits"),
      ]
      // The second one was stopped by a person, and has come to no heat.
      try await source.write(study.events(seed == 1 ? contents : [contents[1]], id, at: 3000))
      try study.write(["checkpoint": "state"], to: source.folder.run(id))
      try study.write(["adapter_model.safetensors": "weights"], to: source.folder.adapter(id))
    }
    try source.close()
    try await study.export([1, 2])
    try await study.take()
    let folder = StoreFolder(database: study.target)
    func isThere(_ run: RunID) -> Bool {
      FileManager.default.fileExists(atPath: folder.adapter(run).appending(path: "adapter_model.safetensors").path)
    }
    #expect(isThere(1) && !isThere(2))
    let target = try RunStore(at: study.target, mode: .reading)
    #expect(try await target.run(1)?.adapterPath == nil)
    #expect(try await target.run(1)?.state == .paused)
    try target.close()
    // From there it goes on, as to the next round.
    let onward = study.folder.appending(path: "onward")
    try await study.export([1], from: study.target, to: onward)
    let third = study.folder.appending(path: "third/store.sqlite")
    try await study.take([onward], into: third)
    #expect(
      FileManager.default.fileExists(
        atPath: StoreFolder(database: third).adapter(1).appending(path: "adapter_model.safetensors").path))
  }

  /// From a third store, too, which has its runs from the second.
  @Test func anImportAgainChangesNothing() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export()
    try await study.take()
    let before = try await StoredContent.text(of: study.target)
    let again = try await study.take([study.logs, study.logs])
    #expect(again.added.isEmpty && again.continued.isEmpty && again.unchanged == [1, 2, 3])
    // Into the store that it is of.
    let home = try await study.take(into: study.source)
    #expect(home.added.isEmpty && home.unchanged == [1, 2, 3])
    let onward = study.folder.appending(path: "onward")
    try await study.export(from: study.target, to: onward)
    let third = try await study.take([onward, study.logs])
    #expect(third.unchanged.count == 6 && third.added.isEmpty)
    #expect(try await study.take([onward], into: study.source).unchanged == [1, 2, 3])
    #expect(try await StoredContent.text(of: study.target) == before)
  }

  /// What is trained elsewhere is shown as at work; here it would be paused.
  @Test func aLogWithoutAnEndIsAtWorkWhereItIsWatched() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    let source = try RunStore(at: study.source, mode: .engine)
    let id = try await study.begin(source, seed: 1, steps: 10)
    try study.write(["checkpoint": "state at 8"], to: source.folder.run(id))
    let names = [id: "run-07"]
    let first = try await source.exportLogs([id], to: study.logs, by: LogStudy.writer, names: names)
    #expect(first.map(\.lastPathComponent) == ["run-07.jsonl"])
    let watched = try RunStore(at: study.target, mode: .engine)
    _ = try await watched.importLogs(first, watching: true)
    let shown = try await watched.run(1)
    #expect(shown?.state == .training && shown?.step == 10)
    try await study.train(source, id, 11...12)
    try await study.end(source, id)
    _ = try await source.exportLogs([id], to: study.logs, by: LogStudy.writer, names: names)
    let all = try RunLogs.all(in: study.logs)
    #expect(all.map(\.log.lastPathComponent) == ["run-07.jsonl"] && all.first?.header.seed == 1)
    #expect(try await watched.importLogs(first, watching: true).continued == [1])
    #expect(try await watched.run(1)?.state == .done)
    // Put aside it is no log any more, and neither are its files.
    try RunLogs.putAside(first[0])
    #expect(
      try RunLogs.all(in: study.logs).isEmpty
        && !FileManager.default.fileExists(atPath: study.logs.path + "/run-07.files"))
    try source.close()
    try watched.close()
  }

  @Test func aLongerLogContinuesTheRun() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export([3])
    try await study.take()
    let earlier = study.folder.appending(path: "earlier")
    try FileManager.default.copyItem(at: study.logs, to: earlier)
    let store = try RunStore(at: study.source, mode: .engine)
    try await study.train(store, 3, 11...12)
    try await study.end(store, 3)
    try store.close()
    try await study.export([3])
    #expect(try await study.take().continued == [1])
    let target = try RunStore(at: study.target, mode: .engine)
    let run = try #require(try await target.run(1))
    #expect(run.state == .done && run.losses.count == 12 && run.lastCheckpointStep == 12)
    let files = StoredContent.files(of: target.folder)
    #expect(files["1/adapter/adapter_model.safetensors"] == Data("weights 3".utf8) && files["1/checkpoint"] == nil)
    try target.close()
    // The log of an earlier time takes nothing back.
    #expect(try await study.take([earlier]).unchanged == [1])
    #expect(try await study.take().unchanged == [1])
  }

  @Test func aTornLogIsARunThatGoesOn() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    let log = try #require(try await study.export([1]).first)
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
    let cut = try #require(lines.firstIndex { $0.contains(#""step":{"#) && $0.contains(#""step":7"#) })
    let torn = lines[...cut].joined(separator: "\n").dropLast(9)
    try Data(torn.utf8).write(to: log)
    let outcome = try await study.take()
    #expect(outcome.added == [1])
    #expect(outcome.remarks == ["\(log.path):\(cut + 1): the last line was torn off, and is left out"])
    let store = try RunStore(at: study.target, mode: .engine)
    let run = try #require(try await store.run(1))
    #expect(run.state == .paused && run.step == 6 && run.losses.count == 6 && run.adapterPath == nil)
    #expect(run.reason == "its log goes to step 6" && run.lastCheckpointStep == nil)
    try store.close()
    // The whole log is there at last.
    try await study.export([1])
    #expect(try await study.take().continued == [1])
    let (first, second) = (
      try await StoredContent.text(of: study.source), try await StoredContent.text(of: study.target)
    )
    #expect(first.hasPrefix(second))
  }

  @Test func aDeletedRunStaysDeleted() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export([1])
    try await study.take()
    let store = try RunStore(at: study.target, mode: .engine)
    try await store.moveToTrash([1], now: 5)
    try store.close()
    let outcome = try await study.take()
    #expect(outcome.unchanged == [1])
    #expect(outcome.remarks == ["run #1 is deleted: `lorascope runs restore 1` brings it back"])
  }

  /// A base that lies elsewhere on this machine is the same base.
  @Test func theBaseIsCalledAsItIsHere() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export([1, 2])
    let store = try RunStore(at: study.target, mode: .engine)
    _ = try await study.begin(store, seed: 9, steps: 3, model: "/here/base")
    try store.close()
    #expect(try await study.take().added == [2, 3])
    let target = try RunStore(at: study.target, mode: .reading)
    #expect(try await target.runs().allSatisfy { $0.plan.model == .folder(path: "/here/base") })
    try target.close()
  }

  /// A run that was made smaller knows its parent under the number that it has here.
  @Test func aPrunedRunFindsItsParent() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    let store = try RunStore(at: study.source, mode: .engine)
    var plan = study.plan(seed: 1)
    plan.pruning = Pruning(parent: 2, adapter: "/source/2")
    let pruned = try await store.insert(plan, created: 4000.5)
    try await store.write(study.events([.stateChanged(.failed, reason: "no")], pruned, at: 5000))
    try store.close()
    let alone = study.folder.appending(path: "alone")
    let log = try #require(try await study.export([pruned], to: alone).first)
    let refusal = try await study.refusal([alone])
    #expect(
      refusal?.description.hasPrefix("\(log.path):1: the run whose adapter it makes smaller is not in this store")
        == true)
    try await study.export([2])
    #expect(try await study.take([alone, study.logs]).added == [1, 2])
    let target = try RunStore(at: study.target, mode: .reading)
    #expect(try await target.run(2)?.plan.pruning?.parent == 1)
    #expect(try await target.run(2)?.plan.pruning?.adapter == target.folder.adapter(1).path)
    try target.close()
  }
}
