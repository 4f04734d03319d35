import Engine
import Foundation
import Messages
import Recipe
import TestSupport
import Testing
import Training

/// The look at a base that the dashboard asks for: alone on the machine, and stopped when it is asked.
@Suite(.timeLimit(.minutes(10))) struct ProbeTests {
  private func request(_ study: TinyStudy, latency: Bool = false, batches: Int = 3) -> ProbeRequest {
    let plan = study.plan(.all)
    return ProbeRequest(
      model: plan.model, data: plan.data, settings: plan.settings, batches: batches, starts: 2,
      measuresLatency: latency)
  }

  @Test func answersThroughTheBus() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    guard case .probe(let probe) = await bus.ask(.probe(request(study))) else {
      Issue.record("no answer")
      return
    }
    #expect(probe.cells.count == 14)
    #expect(probe.energy(of: .all).estimate > probe.energy(of: .qkv).estimate)
    #expect(probe.costs == nil)
    #expect(await bus.currentSnapshot().engine.probe == nil)
    // The machine is given back.
    let id = try #require(await bus.accepted(.queue(study.plan(.qkv))).first)
    _ = try await bus.run(id, in: .done)
    guard case .refused(let refusal) = await bus.ask(.probe(request(study, batches: 200))) else {
      Issue.record("more batches than examples")
      return
    }
    #expect(refusal.line.contains("too few for 200 batches"))
    await engine.shutdown(.save)
  }

  @Test func isRefusedWhileRunsCompute() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 1)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan(.qkv))).first)
    #expect(try await gate.arrival() == id)
    guard case .refused(let refusal) = await bus.ask(.probe(request(study))) else {
      Issue.record("a base was looked at while a run computed")
      return
    }
    #expect(refusal.line.contains("runs are under way"))
    gate.open()
    _ = try await bus.run(id, in: .done)
    await engine.shutdown(.save)
  }

  @Test func stops() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    var options = study.options()
    let gate = StepGate(before: 0)
    options.whileProbing = { if $0 == .gradients { gate.hold(0, before: 0) } }
    let engine = try await Engine(options: options, bus: bus)
    async let reply = bus.ask(.probe(request(study)))
    _ = try await gate.arrival()
    #expect(await bus.currentSnapshot().engine.probe?.phase == .gradients)
    _ = await bus.accepted(.stopProbe)
    gate.open()
    if case .refused(let refusal) = await reply {
      #expect(refusal.line.contains("stopped"))
    } else {
      Issue.record("it went on to its end")
    }
    #expect(await bus.currentSnapshot().engine.probe == nil)
    await engine.shutdown(.save)
  }
}
