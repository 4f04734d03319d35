import Cluster
import Foundation
import Messages
import Recipe
import Testing

/// A study of six runs in three tasks.
struct TinyClusterStudy {
  let folder: ClusterFolder
  let study: ClusterStudy

  init() throws {
    folder = ClusterFolder(
      FileManager.default.temporaryDirectory.appending(path: "lorascope-cluster-\(UUID().uuidString)"))
    try folder.make()
    let runs = (0..<6).map { seed in
      var settings = RunSettings()
      settings.seed = UInt64(seed)
      settings.output = "/somewhere/else"
      return PlannedRun(
        plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: [.qkv], settings: settings), seconds: 300)
    }
    study = ClusterStudy(
      engine: "lorascope test", host: "login", created: 1000, base: "f00d", options: ClusterOptions(), runs: runs,
      leastSeconds: 600)
  }

  func status(_ task: Int, owner: String = "a", host: String = "node1", process: Int32 = 1) -> TaskStatus {
    TaskStatus(task: task, job: "45_\(task)", restarts: 0, host: host, process: process, owner: owner, time: 2000)
  }

  func remove() { try? FileManager.default.removeItem(at: folder.url) }
}

@Suite struct ClusterViewTests {
  private func view(
    _ tiny: TinyClusterStudy, _ runs: [Int: [RunState]], _ states: [Int: String], reason: String? = nil,
    task state: TaskStatus.State = .ended
  ) -> ClusterView {
    var statuses: [Int: TaskStatus] = [:]
    for (task, own) in runs {
      var status = tiny.status(task)
      status.state = state
      status.runs = zip(tiny.study.tasks[task], own).map {
        TaskStatus.Run(place: $0, state: $1, reason: $1 == .failed ? reason : nil)
      }
      statuses[task] = status
    }
    return ClusterView(tiny.study, statuses: statuses, states: states.mapValues { SchedulerState(state: $0) })
  }

  @Test func onlyWhatIsOverAndLacksARunIsSubmittedAgain() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    #expect(tiny.study.tasks == [[0, 1], [2, 3], [4, 5]])
    let done = view(tiny, [0: [.done, .done], 1: [.done, .failed], 2: [.done]], [:], reason: "no memory")
    #expect(done.toResubmit == [1, 2] && done.done == 4)
    let open = view(tiny, [0: [.done, .done], 1: [.training]], [1: "RUNNING", 2: "PENDING"])
    #expect(open.toResubmit.isEmpty && open.openTasks == [1, 2])
    #expect(view(tiny, [0: [.done, .done], 1: [.training]], [1: "NODE_FAIL"]).toResubmit == [1, 2])
    // It would diverge at the same step.
    let diverged = view(
      tiny, [0: [.done, .failed], 1: [.done, .done], 2: [.done, .done]], [:],
      reason: "run 2 diverged: the loss of step 7 is NaN")
    #expect(diverged.toResubmit.isEmpty)
  }

  @Test func everyFaultIsNamed() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    let failed = view(tiny, [0: [.done, .failed]], [2: "FAILED"], reason: "no memory")
    #expect(failed.fault(0, output: nil) == "task 0: medmcqa qkv seed 1: no memory")
    #expect(
      failed.fault(2, output: "no such folder")?.contains("never began (Slurm: failed), and said: no such folder")
        == true)
    #expect(view(tiny, [0: [.done, .done]], [:]).fault(0, output: nil) == nil)
    #expect(view(tiny, [0: [.training]], [0: "RUNNING"], task: .working).fault(0, output: nil) == nil)
    #expect(
      view(tiny, [0: [.training]], [0: "OUT_OF_MEMORY"], task: .working).fault(0, output: nil)?.contains(
        "out_of_memory") == true)
  }

  @Test func theLastSubmissionCounts() throws {
    let submissions = [
      ClusterSubmission(job: 45, first: 0, tasks: [0, 1, 2], time: 1),
      ClusterSubmission(job: 50, first: 0, tasks: [1], time: 2),
    ]
    let states = ClusterView.states(
      [
        ArrayTask(job: 45, index: 1): SchedulerState(state: "FAILED"),
        ArrayTask(job: 50, index: 1): SchedulerState(state: "RUNNING"),
      ],
      submissions)
    #expect(states == [1: SchedulerState(state: "RUNNING")])
  }
}

@Suite struct ClusterFolderTests {
  @Test func theStudyIsReadAsItWasWritten() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    #expect(throws: Refusal.self) { _ = try tiny.folder.readStudy() }
    try tiny.folder.requireNew()
    try tiny.folder.write(tiny.study)
    #expect(try tiny.folder.readStudy() == tiny.study)
    // Paths of the machine where it was submitted are no part of it.
    #expect(tiny.study.runs.allSatisfy { $0.settings.output == nil })
    #expect(throws: Refusal.self) { try tiny.folder.requireNew() }
  }

  @Test func aDamagedStudyIsRefused() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    try tiny.folder.write(tiny.study)
    let text = try String(contentsOf: tiny.folder.study, encoding: .utf8)
    for bad in [
      "", "{}", String(text.dropLast(9)), text.replacing("\"tasks\":[[0,1]", with: "\"tasks\":[[0,9]"),
      text.replacing("\"version\":1", with: "\"version\":3"), text.replacing("[2,3]", with: "[2,2]"),
    ] {
      try bad.write(to: tiny.folder.study, atomically: true, encoding: .utf8)
      #expect(throws: Refusal.self, "\(bad.prefix(80))") { _ = try tiny.folder.readStudy() }
    }
  }

  @Test func submissionsAreAddedAndATornOneIsLeftOut() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    #expect(tiny.folder.submissions().isEmpty)
    let submissions = [45, 46].map { ClusterSubmission(job: $0, first: 0, tasks: [0, 1, 2], time: 1) }
    for submission in submissions { try tiny.folder.add(submission) }
    #expect(tiny.folder.submissions() == submissions)
    let file = tiny.folder.url.appending(path: "jobs.jsonl")
    try Data((try Data(contentsOf: file)).dropLast(12)).write(to: file)
    #expect(tiny.folder.submissions() == [submissions[0]])
  }

  @Test func aTaskThatLivesIsNotBegunTwice() async throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    var claim = TaskClaim(tiny.folder)
    (claim.patience, claim.interval) = (0.3, 0.02)
    let other = tiny.status(1, owner: "other", host: "node2")
    try await claim.take(other)
    // It beats meanwhile.
    let beating = Task { [folder = tiny.folder] in
      var status = other
      while !Task.isCancelled {
        status.beat += 1
        try folder.write(status)
        try await Task.sleep(for: .milliseconds(10))
      }
    }
    await #expect(throws: Refusal.self) { try await claim.take(tiny.status(1, owner: "own")) }
    #expect(claim.holds(other))
    beating.cancel()
    _ = await beating.result
    // Dead, it is taken over, and sees that.
    try await claim.take(tiny.status(1, owner: "own"))
    #expect(!claim.holds(other) && claim.holds(tiny.status(1, owner: "own")))
  }

  @Test func whatKindOfFileSystemItIs() throws {
    let mounts = """
      22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
      30 22 0:26 / /dev/shm rw shared:3 - tmpfs tmpfs rw
      31 22 0:40 / /home rw shared:9 master:2 - nfs4 server:/home rw
      32 31 0:41 / /home/a\\040b rw - lustre mgs:/x rw
      """
    #expect(FolderProbe.kind(of: "/srv/study", mounts: mounts) == .local("ext4"))
    #expect(FolderProbe.kind(of: "/dev/shm/x", mounts: mounts) == .memory)
    #expect(FolderProbe.kind(of: "/home/me/study", mounts: mounts) == .network("nfs4"))
    #expect(FolderProbe.kind(of: "/home/a b/study", mounts: mounts) == .network("lustre"))
    #expect(FolderProbe.kind(of: "/homework", mounts: mounts) == .local("ext4"))
    #expect(FolderProbe.kind(of: "/x", mounts: "nonsense") == .unknown)
  }

  @Test func folderAndClockAreChecked() throws {
    let tiny = try TinyClusterStudy()
    defer { tiny.remove() }
    let here = try FolderProbe(tiny.folder.url)
    #expect(abs(here.clockAhead) < FolderProbe.mostClock)
    #expect(throws: Refusal.self) { _ = try FolderProbe(tiny.folder.url.appending(path: "none")) }
    func check(_ ahead: Double, _ kind: FolderProbe.Kind, _ others: [String]) throws -> String? {
      try FolderProbe(clockAhead: ahead, kind: kind).check("/f", others: others)
    }
    #expect(throws: Refusal.self) { _ = try check(400, .network("nfs"), []) }
    #expect(throws: Refusal.self) { _ = try check(0, .memory, ["node2"]) }
    #expect(try check(0, .memory, []) == nil)
    #expect(try check(0, .local("ext4"), ["node2"])?.contains("node2") == true)
    #expect(try check(-3, .network("nfs"), ["node2"]) == nil)
  }
}
