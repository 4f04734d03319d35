import Cluster
import Recipe
import Synchronization
import Testing

/// Answers as Slurm 22.05 printed them.
@Suite struct SlurmTests {
  /// Programs that answer what is written here, and remember how they were called.
  private final class Answers: Sendable {
    let calls = Mutex<[[String]]>([])
    private let answers: [String: ProgramAnswer]

    init(_ answers: [String: ProgramAnswer]) { self.answers = answers }

    var slurm: Slurm {
      Slurm { name, arguments in
        self.calls.withLock { $0.append([name] + arguments) }
        return self.answers[name] ?? ProgramAnswer(status: 127, output: "", errors: "\(name): command not found")
      }
    }
  }

  private func refusal(_ complaint: String) async -> String {
    let answers = Answers(["sbatch": ProgramAnswer(status: 1, output: "", errors: complaint)])
    do { try await answers.slurm.test("array.sh") } catch { return "\(error)" }
    return ""
  }

  @Test func everyRefusalSaysWhatToDo() async {
    for (complaint, advice) in [
      (
        "sbatch: error: invalid partition specified: nope\nallocation failure: Invalid partition name specified\n",
        "--partition"
      ),
      ("allocation failure: Requested node configuration is not available", "--memory"),
      ("sbatch: error: Invalid --time specification", "--time"),
      ("allocation failure: Invalid feature specification", "--constraint"),
      ("allocation failure: Invalid account or account/partition combination specified", "partition"),
      ("sbatch: error: Munge decode failed: Expired credential", "NTP"),
      (
        "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
        "scontrol ping"
      ),
    ] {
      let line = await refusal(complaint)
      #expect(line.contains(advice) && !line.contains("\n"), "\(line)")
      #expect(line.contains(complaint.split(separator: "\n").last ?? ""), "\(line)")
    }
  }

  @Test func theQueueIsRead() {
    let states = SlurmAnswers.queue(
      """
      6|2|PENDING|JobArrayTaskLimit|
      6|1|RUNNING|None|vm
      slurm_load_jobs error: something else
      7|[3-4]|PENDING|Priority|
      """)
    #expect(states[ArrayTask(job: 6, index: 2)] == SchedulerState(state: "PENDING", reason: "JobArrayTaskLimit"))
    #expect(states[ArrayTask(job: 6, index: 1)] == SchedulerState(state: "RUNNING", nodes: "vm"))
    #expect(states[ArrayTask(job: 7, index: 4)]?.words == "waits (Priority)")
    #expect(states.count == 4)
    #expect(states[ArrayTask(job: 6, index: 1)]?.words == "on vm")
  }

  @Test func whatTheControllerRemembersIsRead() {
    let states = SlurmAnswers.jobs(
      "JobId=9 ArrayJobId=6 ArrayTaskId=2 ArrayTaskThrottle=2 JobName=j.sh JobState=CANCELLED Reason=None NodeList=vm BatchHost=vm\n"
        + "JobId=6 ArrayJobId=6 ArrayTaskId=3-5 JobState=PENDING Reason=Resources NodeList= NumNodes=1\n"
        + "JobId=10 JobState=FAILED Reason=NonZeroExitCode")
    #expect(states[ArrayTask(job: 6, index: 2)] == SchedulerState(state: "CANCELLED", nodes: "vm"))
    #expect(states[ArrayTask(job: 6, index: 5)]?.reason == "Resources")
    #expect(states.count == 4)
  }

  @Test func accountingIsRead() {
    let states = SlurmAnswers.accounting(
      "45_3|CANCELLED by 1000|node1\n45_4|PREEMPTED|node1\n45_4|COMPLETED|node2\n46|RUNNING|x\n")
    #expect(states[ArrayTask(job: 45, index: 3)]?.state == "CANCELLED")
    #expect(states[ArrayTask(job: 45, index: 4)] == SchedulerState(state: "COMPLETED", nodes: "node2"))
    #expect(states.count == 2)
  }

  @Test func numbersAreRead() {
    #expect(SlurmAnswers.job("123\n") == 123)
    #expect(SlurmAnswers.job("a word of the site\n123;cluster\n") == 123)
    #expect(SlurmAnswers.job("sbatch: nothing") == nil)
    #expect(SlurmAnswers.largestArray("MaxAge = 3\nMaxArraySize            = 1001\n") == 1001)
    #expect(SlurmAnswers.largestArray("") == nil)
  }

  @Test func aSubmissionIsOneArray() async throws {
    let answers = Answers(["sbatch": ProgramAnswer(status: 0, output: "45\n")])
    let job = try await answers.slurm.submit(
      "/s/array.sh", tasks: [0, 1, 2, 5], first: 1000, atMost: 2, output: "/s/slurm/%A_%a.out", after: 44)
    #expect(job == 45)
    #expect(
      answers.calls.withLock { $0 } == [
        [
          "sbatch", "--parsable", "--array=0-2,5%2", "--output=/s/slurm/%A_%a.out", "--dependency=afterany:44",
          "/s/array.sh",
          "1000",
        ]
      ])
  }

  /// A controller that is away says nothing of the tasks; one that has forgotten a job says that it is over.
  @Test func noAnswerIsNoEnd() async throws {
    let away = Answers([
      "squeue": ProgramAnswer(
        status: 1, output: "", errors: "slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    ])
    await #expect(throws: Refusal.self) { _ = try await away.slurm.queue([6]) }
    let forgotten = Answers([
      "squeue": ProgramAnswer(status: 1, output: "", errors: "slurm_load_jobs error: Invalid job id specified")
    ])
    #expect(try await forgotten.slurm.queue([6]).isEmpty)
    #expect(try await away.slurm.queue([]).isEmpty)
  }

  @Test func endsComeFromTheControllerWhereNothingIsAccounted() async {
    let answers = Answers([
      "sacct": ProgramAnswer(status: 1, output: "", errors: "Slurm accounting storage is disabled"),
      "scontrol": ProgramAnswer(
        status: 0, output: "JobId=8 ArrayJobId=6 ArrayTaskId=1 JobState=NODE_FAIL NodeList=vm\n"),
    ])
    #expect(await answers.slurm.ended([6])[ArrayTask(job: 6, index: 1)]?.state == "NODE_FAIL")
  }

  /// Who asks for its own return is the only one that does: a controller that is away for a moment is asked again.
  @Test(arguments: [0, 2, 9]) func aReturnIsAskedForUntilItIsGranted(refusals: Int) async {
    let calls = Mutex(0)
    let slurm = Slurm { name, arguments in
      #expect(name == "scontrol" && arguments == ["requeue", "7_2"])
      let number = calls.withLock { calls in
        calls += 1
        return calls
      }
      return number > refusals
        ? ProgramAnswer(status: 0, output: "")
        : ProgramAnswer(status: 1, output: "", errors: "Unable to contact slurm controller (connect failure)\n")
    }
    do {
      try await slurm.requeue("7_2", tries: 4, pause: .zero)
      #expect(refusals < 4)
    } catch {
      #expect(refusals >= 4)
      #expect("\(error)".contains("connect failure") && "\(error)".contains("--resubmit"))
    }
    #expect(calls.withLock { $0 } == min(refusals + 1, 4))
  }
}
