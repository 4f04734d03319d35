import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import RunStore
import Testing
import Training

/// Runs of the PEFT engine with a script in Python's place: what is said, stored and shown, and what a worker may do wrong.
/// That PEFT computes what this program computes is seen by `scripts/test-peft`.
@Suite(.timeLimit(.minutes(10))) struct PEFTEngineTests {
  private func opened(
    _ study: TinyStudy, _ options: EngineOptions? = nil
  ) async throws -> (MessageBus, Engine, FakeWorker) {
    let fake = try FakeWorker(study, study.peftPlan())
    try fake.write()
    let bus = MessageBus()
    return (bus, try await Engine(options: options ?? study.options(), bus: bus), fake)
  }

  @Test func aRunComesToItsResults() async throws {
    let study = try TinyStudy()
    let (bus, engine, fake) = try await opened(study)
    let ids = await bus.accepted(.queue(study.peftPlan())) + bus.accepted(.queue(study.plan()))
    let run = try await bus.run(try #require(ids.first), in: .done)
    let own = try await bus.run(ids[1], in: .done)
    #expect(run.losses.values(0..<run.losses.count) == [Float](repeating: 1, count: 12))
    #expect(run.gradientNorms.values(0..<2) == [0.5, 0.5])
    #expect(run.prepared?.instructionSet == "peft-cpu" && own.prepared?.instructionSet != "peft-cpu")
    #expect(run.prepared?.trainableParameters == fake.adapter.parameterCount)
    #expect(run.score?.examples == own.score?.examples && run.score?.meanOutputTokens == 0)
    #expect(run.memory.values(0..<1) == [3000])
    // Of training, as in a run of our own.
    #expect(run.peakMemoryBytes == 4000)
    // The adapter is what the worker saved.
    let configuration = try ModelFolder.configuration(at: study.modelFolder)
    let written = try PEFTAdapterFolder.read(URL(filePath: try #require(run.adapterPath)), configuration: configuration)
    #expect(written.modules.map(\.a.array) == fake.adapter.modules.map(\.a.array))
    #expect(run.energy != nil)
    // The same blocks, on what is another machine to all that compares.
    let latency = try #require(run.latency)
    #expect(abs(latency.overheadPercent.estimate - 10) < 1e-6 && latency.baseP50 == 2 && latency.coreShare == nil)
    #expect(latency.machine?.hasPrefix("PEFT 0, torch 2 in fp32 on ") == true)
    #expect(OneMachine([own, run]).leftOut.count == 1)
    // Nothing of the worker stays.
    let left = try FileManager.default.contentsOfDirectory(atPath: study.folder.appending(path: "runs/\(run.id)").path)
    #expect(left == ["adapter"])
    await engine.shutdown(.save)
    let stored = try #require(try await RunStore(at: study.store, mode: .reading).run(run.id))
    #expect(stored.plan.settings.engine == .peft && stored.plan == run.plan)
  }

  /// The base is answered for by the same engine, and measuring again measures there.
  @Test func theBaseIsScoredByTheSameEngine() async throws {
    let study = try TinyStudy()
    var options = study.options()
    options.evaluatesBase = true
    let (bus, engine, _) = try await opened(study, options)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    let run = try await bus.run(id, in: .done)
    let base = try await bus.run(id + 1, in: .done)
    #expect(base.plan.isBaseline && base.plan.settings.engine == .peft && base.prepared?.instructionSet == "peft-cpu")
    #expect(base.score != nil && base.score?.formatFree == nil)
    #expect(await bus.accepted(.measureLatency([id])) == [id])
    let again = try await bus.first {
      $0.run(id)?.remeasuring == nil && $0.notices.contains { $0.text.contains("again") }
    }
    #expect(again.run(id)?.latency?.machine == run.latency?.machine)
    await engine.shutdown(.save)
  }

  /// What ends a worker in the middle, and what its line says.
  @Test(arguments: [
    ("[ $k -lt 6 ] || { echo 'boom: out of luck' >&2; exit 3; }", "ended with status 3: boom: out of luck"),
    ("[ $k -lt 6 ] || kill -9 $$", "ended by signal 9, as where memory has run out"),
    ("[ $k -lt 6 ] || { echo 'Epoch 1: 50%'; answered=1; }", "wrote what is no answer: 'Epoch 1: 50%'"),
    ("[ $k -lt 6 ] || { echo '{\"type\":\"loss\",\"loss_sum\":1}'; answered=1; }", "wrote what is no answer"),
    ("[ $k -lt 6 ] || { echo '{\"type\":\"step\",\"loss_sum\":1}'; answered=1; }", "without a gradient norm"),
    (
      "[ $k -lt 6 ] || { echo '{\"type\":\"error\",\"cause\":\"memory\",\"text\":\"CUDA out of memory\"}'; answered=1; }",
      "run out of memory: CUDA out of memory; a smaller --batch-size"
    ),
  ])
  func aWorkerThatFailsLosesNothing(step: String, words: String) async throws {
    let study = try TinyStudy()
    var options = study.options()
    options.checkpointSteps = 2
    let (bus, engine, fake) = try await opened(study, options)
    try fake.write(step: step)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    let failed = try await bus.run(id, in: .failed)
    let reason = try #require(failed.reason)
    #expect(reason.contains(words) && !reason.contains("\n"))
    #expect(failed.failureStatus == 69 && failed.losses.count == 6 && failed.lastCheckpointStep == 6)
    try fake.write()
    #expect(await bus.accepted(.resume(id)) == [id])
    let run = try await bus.run(id, in: .done)
    #expect(run.losses.count == 12 && run.score != nil && run.latency != nil)
    await engine.shutdown(.save)
  }

  @Test func aDivergenceIsOne() async throws {
    let study = try TinyStudy()
    let (bus, engine, fake) = try await opened(study)
    try fake.write(
      step: """
        [ $k -lt 3 ] || { echo '{"type":"step","step":4,"loss_sum":"nan","gradient_norm":"inf","updated":false}'; answered=1; }
        """)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    let run = try await bus.run(id, in: .failed)
    #expect(run.reason?.contains("step 4 diverged: the loss is not a number") == true && run.failureStatus == 65)
    #expect(run.losses.count == 4)
    #expect(await bus.refused(.resume(id)).contains("repeat it"))
    await engine.shutdown(.save)
  }

  @Test func aPausedRunGoesOn() async throws {
    let study = try TinyStudy()
    var options = study.options()
    let gate = StepGate(before: 5)
    options.beforeStep = { gate.hold($0, before: $1) }
    let (bus, engine, _) = try await opened(study, options)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    #expect(try await gate.arrival() == id)
    #expect(await bus.accepted(.pause(id)) == [id])
    gate.open()
    let paused = try await bus.run(id, in: .paused)
    #expect(paused.lastCheckpointStep == 5 && paused.losses.count == 5)
    #expect(await bus.accepted(.resume(id)) == [id])
    #expect(try await bus.run(id, in: .done).losses.count == 12)
    await engine.shutdown(.save)
  }

  @Test func whatWasTrainedOfAStoppedRunIsKept() async throws {
    let study = try TinyStudy()
    var options = study.options()
    let gate = StepGate(before: 5)
    options.beforeStep = { gate.hold($0, before: $1) }
    let (bus, engine, fake) = try await opened(study, options)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    #expect(try await gate.arrival() == id)
    #expect(await bus.accepted(.stop(id, keepPartialResult: true)) == [id])
    gate.open()
    let run = try await bus.run(id, in: .stopped)
    let configuration = try ModelFolder.configuration(at: study.modelFolder)
    let kept = try PEFTAdapterFolder.read(URL(filePath: try #require(run.adapterPath)), configuration: configuration)
    #expect(kept.modules.map(\.b.array) == fake.adapter.modules.map(\.b.array))
    await engine.shutdown(.save)
  }

  /// Known before anything is queued.
  @Test func whatCannotBeginIsRefused() async throws {
    let study = try TinyStudy()
    let (bus, engine, fake) = try await opened(study)
    try fake.write(hello: FakeWorker.hello.replacing(#""protocol":1"#, with: #""protocol":2"#))
    #expect(
      await bus.refused(.queue(study.peftPlan())).contains("speaks version 2 of the protocol, this lorascope version 1")
    )
    try fake.write(hello: FakeWorker.hello.replacing(#""peft":"0""#, with: #""peft":null"#))
    #expect(await bus.refused(.queue(study.peftPlan())).contains("fake (Python 3.0) has no peft: pip install peft"))
    try fake.write(
      hello: FakeWorker.hello.replacing(#""problems":[]"#, with: #""problems":["torch: OSError: libcuda"]"#))
    #expect(await bus.refused(.queue(study.peftPlan())).contains("cannot load torch: OSError: libcuda"))
    try fake.write(hello: "Python 2.7")
    #expect(await bus.refused(.queue(study.peftPlan())).contains("wrote what is no answer: 'Python 2.7'"))
    try fake.write()
    #expect(await bus.refused(.queue(study.peftPlan { $0.device = .cuda })).contains("sees no GPU: give --device cpu"))
    #expect(await bus.refused(.queue(study.peftPlan { $0.loadIn = .fourBit })).contains("load-in 4bit needs a GPU"))
    #expect(
      await bus.refused(.queue(study.peftPlan { $0.python = "/nowhere/python" })).contains(
        "no Python interpreter '/nowhere/python'"))
    #expect(await bus.refused(.queue(study.peftPlan { $0.promptOnly = true })).contains("left out with --engine peft"))
    #expect(await bus.currentSnapshot().runs.isEmpty)
    // What only the model shows.
    try fake.write(parameters: 5)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    #expect(
      try await bus.run(id, in: .failed).reason?.contains("PEFT trains 5 parameters where lorascope plans") == true)
    await engine.shutdown(.save)
  }

  /// The same is said before there is a run.
  @Test func whatAPythonHasIsTold() async throws {
    let study = try TinyStudy()
    let (bus, engine, fake) = try await opened(study)
    func ask(_ change: (inout RunSettings) -> Void = { _ in }) async -> Reply {
      await bus.ask(.peft(PEFTRequest(study.peftPlan(change).settings)))
    }
    try fake.write()
    guard case .peft(let facts) = await ask() else {
      Issue.record("a Python that has all of it is refused")
      return
    }
    #expect(facts.device == .cpu && facts.gpu == nil && facts.packages["torch"] == "2")
    #expect(facts.packages["bitsandbytes"] == nil)
    guard case .refused(let noGPU) = await ask({ $0.device = .cuda }) else {
      Issue.record("there is no GPU")
      return
    }
    #expect(noGPU.line.contains("sees no GPU") && noGPU.exitStatus == 69)
    try fake.write(hello: FakeWorker.hello.replacing(#""peft":"0""#, with: #""peft":null"#))
    guard case .refused(let missing) = await ask() else {
      Issue.record("there is no peft")
      return
    }
    #expect(missing.line.contains("has no peft: pip install peft"))
    await engine.shutdown(.save)
  }

  /// One that floods us instead of reading, one that never answers: both end with the run that is discarded.
  @Test(arguments: ["while :; do echo '{\"type\":\"notice\"}'; done", "sleep 600; answered=1"])
  func aWorkerThatHangsCanBeLeft(step: String) async throws {
    let study = try TinyStudy()
    let (bus, engine, fake) = try await opened(study)
    try fake.write(step: step)
    let id = try #require(await bus.accepted(.queue(study.peftPlan())).first)
    if step.hasPrefix("sleep") {
      _ = try await bus.first { $0.run(id)?.state == .training }
      #expect(await bus.accepted(.stop(id, keepPartialResult: false)) == [id])
      #expect(try await bus.run(id, in: .cancelled).reason?.contains("discarded at step 0") == true)
    } else {
      #expect(try await bus.run(id, in: .failed).reason?.contains("wrote what is no answer") == true)
    }
    await engine.shutdown(.save)
  }
}
