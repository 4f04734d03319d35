import Recipe

/// The script that Slurm runs for each task of an array.
package struct JobScript: Sendable {
  package var options: ClusterOptions
  /// The program, by its whole path: the same on every node.
  package var program: String
  /// The cluster folder, by its whole path: the same on every node.
  package var folder: String
  /// What the queue calls the job.
  package var name = "lorascope"

  /// Seconds before the time limit at which a task is told: enough for a step, a checkpoint and its copy. Of a short limit it is a sixth, since
  /// Slurm looks every half minute and tells who would come to that time before its next look.
  var warning: Int { options.timeSeconds.map { min(Self.usualWarning, max(10, $0 / 6)) } ?? Self.usualWarning }
  private static let usualWarning = 120

  package init(options: ClusterOptions, program: String, folder: String, name: String = "lorascope") {
    (self.options, self.program, self.folder, self.name) = (options, program, folder, name)
  }

  /// One word for a shell.
  package static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }

  /// Its argument is the number of the array's first task.
  ///
  /// Slurm sends SIGTERM where a task is cancelled, preempted or requeued, and knows itself what comes after. The end of the time
  /// is told with another signal, since only there the task has to ask for its own return.
  package var text: String {
    var lines = [
      "#!/bin/bash",
      "#SBATCH --job-name=\(name)",
      "#SBATCH --open-mode=append",
      "#SBATCH --requeue",
      "#SBATCH --signal=B:USR1@\(warning)",
      "#SBATCH --nodes=1",
      "#SBATCH --ntasks=1",
    ]
    func put(_ name: String, _ value: String?) { if let value { lines.append("#SBATCH --\(name)=\(value)") } }
    put("partition", options.partition)
    put("account", options.account)
    put("time", options.time)
    put("cpus-per-task", options.cpus.map(String.init))
    put("mem", options.memory)
    put("constraint", options.constraint)
    if options.isExclusive { lines.append("#SBATCH --exclusive") }
    return
      (lines + [
        "program=\(Self.quoted(program))",
        "folder=\(Self.quoted(folder))",
        #"if [ ! -r "$folder/study.json" ]; then"#,
        #"  echo "lorascope: the folder $folder is not to be seen on $(hostname): name one that all nodes share" >&2"#,
        "  exit 73",
        "fi",
        #"if [ ! -x "$program" ]; then"#,
        #"  echo "lorascope: there is no program $program on $(hostname): install it where all nodes see it" >&2"#,
        "  exit 69",
        "fi",
        #"exec "$program" cluster-task "$folder" "$((${1:-0} + SLURM_ARRAY_TASK_ID))""#,
      ]).joined(separator: "\n") + "\n"
  }

  /// Where tasks write what they say. In the words of sbatch a percent sign begins a pattern, and two stand for one.
  package static func output(in folder: String) -> String { folder.replacing("%", with: "%%") + "/slurm/%A_%a.out" }
}
