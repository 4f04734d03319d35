import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Testing

/// Searches on several data sets of one base: what the first heats of some do to the shortlists of others.
@Suite(.timeLimit(.minutes(10))) struct SearchSharingTests {
  /// Searches that share, on data sets of their own.
  private func requests(_ study: SearchStudy, _ names: [String], shares: Bool? = true) throws -> [SearchRequest] {
    try names.map { name in
      let file = study.tiny.folder.appending(path: "\(name).jsonl")
      if !FileManager.default.fileExists(atPath: file.path) {
        let lines = String(decoding: try Data(contentsOf: study.file), as: UTF8.self)
        try Data(lines.replacingOccurrences(of: " + ", with: " \(name) ").utf8).write(to: file)
      }
      return study.request(Targets.fifteen) {
        $0.data = .file(path: file.path, evaluation: .none)
        $0.sharesHeats = shares
      }
    }
  }

  /// The first has nothing to go by, the second the order of the first, and from two on the shortlist is shorter.
  @Test func eachKnowsThoseBeforeIt() async throws {
    let study = try SearchStudy()
    let asked = try requests(study, ["a", "b", "c"])
    try await withEngine(study.tiny.options()) { bus, engine in
      guard case .promise(let promise) = await bus.ask(.promise(asked)) else {
        Issue.record("no promise")
        return
      }
      #expect(promise.sharedSets == 2)
      _ = await bus.accepted(.search(asked))
      let snapshot = try await bus.first { snapshot in
        snapshot.searches.contains { $0.lookWords(snapshot.engine)?.contains("waits for the first heat") == true }
      }
      let waiting = try #require(snapshot.searches.last)
      #expect(waiting.lookWords(snapshot.engine)?.contains("of search 1, which orders its shortlist") == true)
      let (first, second) = (try await bus.answered(1), try await bus.answered(2))
      let third = try await bus.answered(3)
      #expect(first.plan.sharing == nil && first.bracket.heats.first?.entries.count == 6)
      #expect(first.plan.combinations.allSatisfy { $0.standing == nil })
      #expect(second.plan.sharing?.sources == [.init(search: 1, data: "a.jsonl")])
      #expect(second.plan.sharing?.shortened == nil && second.bracket.heats.first?.entries.count == 6)
      // What came first there has the highest standing, drawn towards nothing.
      let order = try #require(first.bracket.heats.first?.entries.map(\.candidate.targets))
      #expect(second.plan.prior(of: order[0])?.standing == 0.5 && second.plan.prior(of: order[5])?.standing == -0.5)
      #expect(third.plan.sharing?.sources.map(\.search) == [1, 2] && third.plan.sharing?.shortened == 4)
      #expect(third.bracket.heats.first?.entries.count == 4)
      #expect(third.bracket.heats.first?.entries.contains { $0.candidate.targets == .all } == true)
      // What stays out is named as not proven worse.
      #expect(third.bracket.notStarted.count == 11 && third.bracket.notStarted.values.allSatisfy(\.isOpen))
      let words = try #require(third.plan.sharing?.words)
      #expect(
        words.contains("a.jsonl (search 1) and b.jsonl (search 2) order") && words.contains("4 places instead of 6"))
      let stored = try await engine.store.searches()
      #expect(stored.map(\.plan.sharing) == [first, second, third].map(\.plan.sharing))
    }
  }

  /// A store of finished heats speaks to a search that is begun later; without a wish, and on the same data, it does not.
  @Test func finishedHeatsOfTheStoreAreKnown() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, _ in
      for (place, request) in try requests(study, ["a", "b"], shares: nil).enumerated() {
        _ = await bus.accepted(.search([request]))
        let search = try await bus.answered(SearchID(place + 1))
        #expect(search.plan.sharing == nil)
      }
    }
    try await withEngine(study.tiny.options()) { bus, _ in
      let asked = try requests(study, ["c"])
      _ = await bus.accepted(.search(asked))
      let third = try await bus.answered(3)
      #expect(third.plan.sharing?.sources.map(\.search) == [1, 2] && third.bracket.heats.first?.entries.count == 4)
      let plain = try requests(study, ["d"], shares: nil)
      _ = await bus.accepted(.search(plain))
      let fourth = try await bus.answered(4)
      #expect(fourth.bracket.heats.first?.entries.count == 6)
      // Its own earlier race is none of another data set; of two on one data set the newer one counts.
      let again = try requests(study, ["a"])
      _ = await bus.accepted(.search(again))
      let fifth = try await bus.answered(5)
      #expect(fifth.plan.sharing?.sources.map(\.search) == [2, 3, 4])
    }
  }

  /// A kill while one waits loses nothing: it goes on when the first heat that it waited for is over.
  @Test func whoWaitsGoesOnAfterAKill() async throws {
    let study = try SearchStudy()
    let asked = try requests(study, ["a", "b"])
    var options = study.tiny.options()
    options.checkpointSteps = 2
    let gate = options.gate(before: 2)
    let killed = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search(asked))
      let killed = try await study.storeOfKill(at: gate, heats: 1, bus)
      let searches = await bus.currentSnapshot().searches
      #expect(searches.map(\.waitsFor) == [nil, 1])
      _ = try await bus.answered(2)
      return killed
    }
    options.store = killed
    try await withEngine(options) { bus, _ in
      let left = await bus.currentSnapshot().searches
      #expect(left.map(\.status) == [.paused, .paused])
      _ = await bus.accepted(.resumeUnfinished)
      let second = try await bus.answered(2)
      #expect(second.plan.sharing?.sources.map(\.search) == [1])
      let first = try await bus.answered(1)
      #expect(first.answer?.pick != nil)
    }
  }

  /// One that is ended before its first heat is over is not waited for any longer.
  @Test func whoIsEndedIsNotWaitedFor() async throws {
    let study = try SearchStudy()
    let asked = try requests(study, ["a", "b"])
    var options = study.tiny.options()
    let gate = options.gate(before: 2)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search(asked))
      _ = try await gate.arrival()
      try await bus.hasBegun(heats: 1)
      _ = await bus.accepted(.endSearch(1))
      gate.open()
      let second = try await bus.answered(2)
      #expect(second.waitsFor == nil && second.answer?.pick != nil && second.plan.sharing == nil)
    }
  }
}
