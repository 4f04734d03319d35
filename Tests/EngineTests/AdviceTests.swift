import Engine
import Foundation
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

/// Advice and reports over the bus, as the dashboard asks for them.
@Suite(.timeLimit(.minutes(10))) struct AdviceTests {
  private func advice(_ bus: MessageBus, _ request: StudyRequest = StudyRequest()) async throws -> Advice {
    guard case .advice(let advice) = await bus.ask(.advice(request)) else {
      Issue.record("no advice")
      throw CancellationError()
    }
    return advice
  }

  @Test func thePublishedStudyStandsInUntilThereAreRuns() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    var options = study.options()
    options.evaluatesBase = true
    let engine = try await Engine(options: options, bus: bus)
    var advice = try await advice(bus)
    #expect(advice.origin == .published && advice.runs == 0)
    #expect(advice.cards.map(\.targets) == [[.oProj, .fc2], .oProj, [.oProj, .fc2]])
    #expect(advice.cards.allSatisfy { $0.origin == .published && $0.evidence.isEmpty })
    #expect(advice.findings.count == 5 && advice.tradeoffs.count == 10)
    #expect(advice.findings[3].verdict == .notBorneOut)
    #expect(advice.missing == nil)
    _ = await bus.accepted(.selectModel(study.model))
    _ = await bus.accepted(.selectDataUnder(study.data, study.plan().settings))
    advice = try await self.advice(bus)
    // Nothing is there yet: the article's nine with two seeds.
    #expect(advice.missingRuns == 18 && advice.missing?.combinations == Targets.articleNine)

    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .fc1, .all], seeds: [0],
      settings: study.plan().settings)
    let ids = await bus.accepted(.sweep(sweep))
    for id in ids { _ = try await bus.run(id, in: .done) }
    _ = try await bus.first { snapshot in snapshot.runs.allSatisfy { $0.state == .done } }
    await bus.countLatenciesAsQuiet()
    let own = try await self.advice(bus)
    #expect(own.origin == .measured && own.runs == 3 && own.combinations == 3)
    #expect(own.cards.count == 3 && own.published.count == 3)
    #expect(own.cards[0].targets != nil && own.cards[0].evidence.count == 3)
    #expect(own.cards[0].figures?.seeds == 1)
    #expect(own.scopes == ["all data sets"])
    #expect(own.rules.contains { $0.contains("3 of 3 combinations") })
    // One seed of each is missing.
    #expect(own.missingRuns == 3 && own.missing?.seeds == [0, 1])
    var published = StudyRequest()
    published.publishedOnly = true
    #expect(try await self.advice(bus, published).origin == .published)
    guard case .published(let figures) = await bus.ask(.published) else {
      Issue.record("nothing published")
      return
    }
    #expect(figures.datasets.first { $0.taskName == "medmcqa" }?.scores[.fc1] == 12.9)
    #expect(figures.latencyP95 == [.oProj: 7.803, [.oProj, .fc2]: 10.085])
    await engine.shutdown(.save)
  }

  @Test func reportAndConfigurationAreWrittenAndNothingReplacedUnasked() async throws {
    let study = try TinyStudy()
    let measuring = MessageBus()
    let measured = try await Engine(options: study.options(), bus: measuring)
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .all], seeds: [0], settings: study.plan().settings)
    for id in await measuring.accepted(.sweep(sweep)) { _ = try await measuring.run(id, in: .done) }
    await measured.shutdown(.save)
    let store = try RunStore(at: study.store, mode: .engine)
    try await store.countLatenciesAsQuiet()
    try store.close()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let request = StudyRequest()
    let folder = study.folder.appending(path: "report")
    _ = await bus.accepted(.exportReport(request, path: folder.path, replace: false))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["cells.csv", "losses.csv", "report.html", "report.json", "report.md", "runs.csv", "table.csv"])
    guard case .wouldReplace = await bus.send(.exportReport(request, path: folder.path, replace: false)) else {
      Issue.record("replaced without a question")
      return
    }
    _ = await bus.accepted(.exportReport(request, path: folder.path, replace: true))
    for tool in ConfigurationTool.allCases {
      let file = study.folder.appending(path: tool.fileName)
      _ = await bus.accepted(.exportConfiguration(tool, .accuracy, request, path: file.path, replace: false))
      #expect(try String(contentsOf: file, encoding: .utf8).contains("o_proj"))
      guard
        case .wouldReplace = await bus.send(
          .exportConfiguration(tool, .accuracy, request, path: file.path, replace: false))
      else {
        Issue.record("replaced without a question")
        return
      }
    }
    // The base was not evaluated here: there are no hard data sets to pick on.
    let refused = await bus.refused(
      .exportConfiguration(.peft, .challenging, request, path: folder.path + "/c.json", replace: false))
    #expect(refused.contains("no pick"))
    await engine.shutdown(.save)
    // Reading is enough for a report.
    let reader = MessageBus()
    var options = study.options()
    options.readOnly = true
    let reading = try await Engine(options: options, bus: reader)
    _ = await reader.accepted(.exportReport(request, path: folder.path + "2", replace: false))
    await reading.shutdown(.save)
  }
}
