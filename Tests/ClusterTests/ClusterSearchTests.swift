import Cluster
import Foundation
import Messages
import Recipe
import Synchronization
import Testing

/// Rounds of a search in their folder, and what can be asked of tasks as a whole.
@Suite struct ClusterSearchTests {
  private static let heats = HeatOrder(shares: [0.3, 0.6, 1], examples: 50, waitsAfter: 1)

  private func round(_ heats: [HeatOrder?], sources: [String?]? = nil, engine: String = "test") -> ClusterStudy {
    let runs = heats.indices.map { seed in
      var settings = RunSettings()
      settings.seed = UInt64(seed)
      return PlannedRun(
        plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: [.qkv], settings: settings), seconds: 1)
    }
    return ClusterStudy(
      engine: engine, host: "login", created: 1000, base: "f00d", options: ClusterOptions(), runs: runs,
      leastSeconds: 1, heats: heats, sources: sources ?? heats.map { _ in nil })
  }

  private func place() throws -> ClusterSearchFolder {
    let place = ClusterSearchFolder(
      FileManager.default.temporaryDirectory.appending(path: "lorascope-rounds-\(UUID().uuidString)"))
    try place.make()
    return place
  }

  @Test func aRoundIsAddedOnce() throws {
    let place = try place()
    defer { try? FileManager.default.removeItem(at: place.url) }
    #expect(place.rounds.isEmpty)
    func script(_ folder: ClusterFolder) -> JobScript {
      JobScript(options: ClusterOptions(), program: "/bin/lorascope", folder: folder.url.path, name: "race-1")
    }
    let first = try place.add(round([Self.heats, Self.heats]), round: 1, script: script)
    #expect(first == place.round(1) && place.rounds == [first])
    #expect(try String(contentsOf: first.script, encoding: .utf8).contains("folder='\(first.url.path)'"))
    #expect(try String(contentsOf: first.script, encoding: .utf8).contains("--job-name=race-1\n"))
    // Who comes second finds what is there, and leaves nothing behind.
    let second = try place.add(round([nil], engine: "another"), round: 1, script: script)
    #expect(second == first)
    #expect(try second.readStudy().engine == "test")
    let names = try FileManager.default.contentsOfDirectory(atPath: first.url.deletingLastPathComponent().path)
    #expect(names == ["0001"])
    _ = try place.add(round([nil], sources: ["rounds/0001/logs/0000/run-0.jsonl"]), round: 2, script: script)
    #expect(place.rounds.count == 2)
    #expect(try place.round(2).readStudy().source(of: 0) == "rounds/0001/logs/0000/run-0.jsonl")
    #expect(place.path(of: first.logs(of: 0).appending(path: "run-0.jsonl")) == "rounds/0001/logs/0000/run-0.jsonl")
    #expect(place.path(of: URL(filePath: "/etc/passwd")) == nil)
  }

  @Test func noSourceLeadsOutOfTheFolder() throws {
    let folder = ClusterFolder(
      FileManager.default.temporaryDirectory.appending(path: "lorascope-round-\(UUID().uuidString)"))
    try folder.make()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    for source in ["../x.jsonl", "/etc/x.jsonl", "a/../../x", "", "a//b", "./a"] {
      try folder.write(round([Self.heats], sources: [source]))
      #expect(throws: Refusal.self, "\(source)") { try folder.readStudy() }
    }
    try folder.write(round([Self.heats], sources: []))
    #expect(throws: Refusal.self) { try folder.readStudy() }
    let plain = round([nil])
    #expect(plain.version == 2)
  }

  @Test func aRunIsThereWhenItWaitsAtItsHeat() {
    let study = round([Self.heats, Self.heats, nil])
    #expect(study.tasks.count == 3)
    func view(_ states: [(RunState, Int?)], reason: String? = nil) -> ClusterView {
      var statuses: [Int: TaskStatus] = [:]
      for (place, (state, heat)) in states.enumerated() {
        var status = TaskStatus(task: place, job: nil, restarts: 0, host: "n", process: 1, owner: "o", time: 1)
        var run = TaskStatus.Run(place: place, state: state, reason: state == .failed ? reason : nil)
        run.heat = heat
        status.runs = [run]
        status.state = .ended
        statuses[place] = status
      }
      return ClusterView(study, statuses: statuses, states: [:])
    }
    let all = view([(.paused, 1), (.done, 3), (.done, nil)])
    #expect(all.done == 3 && all.isOver && all.toResubmit.isEmpty)
    let some = view([(.paused, nil), (.paused, 2), (.paused, 3)])
    #expect(some.done == 1 && !some.isOver && some.toResubmit == [0, 2])
    #expect(some.summary.hasPrefix("1 of 3 runs at their heat"))
    // The race takes a divergence for what it is; other failures are to be begun anew.
    let diverged = view(
      [(.failed, nil), (.paused, 1), (.done, nil)], reason: "run 1 diverged: the loss of step 7 is NaN")
    #expect(diverged.isOver && diverged.toResubmit.isEmpty)
    #expect(!view([(.failed, nil), (.paused, 1), (.done, nil)], reason: "no memory").isOver)
  }

  @Test func tasksAreHeldAndReleased() async throws {
    let calls = Mutex<[[String]]>([])
    let slurm = Slurm { name, arguments in
      calls.withLock { $0.append([name] + arguments) }
      return ProgramAnswer(status: 0, output: "12\n9\n12\n")
    }
    let tasks = [
      ArrayTask(job: 7, index: 2): SchedulerState(state: "PENDING", reason: "Priority"),
      ArrayTask(job: 7, index: 0): SchedulerState(state: "RUNNING", nodes: "a"),
      ArrayTask(job: 7, index: 1): SchedulerState(state: "PENDING", reason: "JobHeldUser"),
      ArrayTask(job: 6, index: 0): SchedulerState(state: "PENDING", reason: "Resources"),
      ArrayTask(job: 5, index: 0): SchedulerState(state: "COMPLETED"),
    ]
    try await slurm.hold(tasks)
    try await slurm.release(tasks)
    try await slurm.release([:])
    #expect(
      calls.withLock { $0 } == [
        ["scontrol", "hold", "6_0,7_2"], ["scontrol", "requeuehold", "7_0"], ["scontrol", "release", "7_1"],
      ])
    #expect(SchedulerState(state: "REQUEUE_HOLD").isHeld && SchedulerState(state: "REQUEUE_HOLD").words == "paused")
    #expect(try await slurm.jobs(named: "race-1") == [9, 12])
    let refusing = Slurm { _, _ in ProgramAnswer(status: 1, output: "", errors: "Access/permission denied\n") }
    await #expect(throws: Refusal.self) { try await refusing.hold(tasks) }
  }
}
