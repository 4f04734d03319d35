import Analysis
import ArgumentParser
import Foundation
import Messages
import Recipe

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "The store: list, show, compare, tag, note, rename, pin, delete, restore, export, import.",
    subcommands: [
      List.self, Show.self, Compare.self, RunsLabel.Tag.self, RunsLabel.Note.self, RunsLabel.Rename.self,
      RunsLabel.Pin.self, Delete.self, Restore.self, RunsExportCommand.self, RunsLog.ExportLog.self,
      RunsLog.Import.self,
    ],
    defaultSubcommand: List.self
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every run in the store, or those that fit a filter.")
    @OptionGroup var filter: RunFilterFlag
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws {
      let session = try await StudySession.open(store: store.url, readOnly: true)
      let all = await session.shown().runs
      let runs = try filter.matching(all)
      if json.json {
        try JSONOutput.print(StudyReport(runs, fleets: await session.fleets()))
      } else if runs.isEmpty, !all.isEmpty, let emptiness = filter.emptiness {
        print(emptiness)
      } else if runs.isEmpty {
        print("no runs yet: start one with `lorascope train --data medmcqa --targets o_proj`")
      } else {
        print(RunTable.text(runs))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One run in full.")
    @Argument(help: "The run's number.") var run: RunID
    @Option(help: "Sample outputs to print.") var samples = 3
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws {
      let session = try await StudySession.open(store: store.url, readOnly: true)
      try await session.require([run])
      guard case .run(var summary) = await session.bus.ask(.run(run)) else {
        throw CommandError("no run #\(run) in this store", status: 66)
      }
      if let shown = await session.shown().run(run) { (summary.state, summary.reason) = (shown.state, shown.reason) }
      if json.json { return try JSONOutput.print(RunReport(summary, fleets: await session.fleets())) }
      print(RunTable.text([summary]))
      print(PlanText.describe(summary.plan))
      if let heldOut = summary.prepared?.heldOut {
        print("held-out loss on \(heldOut.words), by step")
        for point in summary.heldOutPoints { print("  \(point.step)  \(RunLine.loss(point.loss, decimals: 4))") }
      }
      if let note = summary.labels.note { print("note: \(OneLine.text(note))") }
      for heat in summary.heats ?? [] {
        print(
          heat.place
            + String(
              format: ": loss %.4f, tuning %@ %% (n %d), %@", heat.loss, heat.score.text(scale: 100, .table),
              heat.examples, ProgressLine.duration(heat.seconds)))
      }
      for line in summary.pruned.map(PruningWords.lines) ?? [] { print(OneLine.text(line)) }
      if let adapter = summary.adapterPath { print("adapter \(OneLine.text(adapter))") }
      guard case .examples(let examples) = await session.bus.ask(.examples(run)) else { return }
      for example in examples.prefix(max(0, samples)) {
        let end = example.isCut ? " … (ended early)" : ""
        print("\n\(example.prompt)\n  expected: \(example.expected)\n  output:   \(example.output)\(end)")
        print(String(format: "  score %.2f%@", example.score, example.parsed ? "" : " (did not parse)"))
      }
    }
  }

  struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Two to eight finished runs, with the paired test.")
    @Argument(help: "Runs; the first is the baseline.") var runs: [RunID]
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func validate() throws {
      guard (2...8).contains(runs.count) else { throw ValidationError("compare takes two to eight runs") }
      guard Set(runs).count == runs.count else { throw ValidationError("a run is named twice") }
    }

    func run() async throws {
      let session = try await StudySession.open(store: store.url, readOnly: true)
      try await session.require(runs)
      switch await session.bus.ask(.compare(runs, baseline: runs[0])) {
      case .comparison(let comparison):
        if json.json {
          try JSONOutput.print(ComparisonReport(comparison))
        } else {
          print(ComparisonText.text(comparison))
        }
      case .refused(let refusal): throw refusal
      default: throw CommandError("the store gave no comparison", status: 70)
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Move runs and their files to the trash folder (7 days).")
    @Argument(help: "The runs' numbers.") var runs: [RunID]
    @Flag(help: "More than one run: yes, all of them.") var yes = false
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func validate() throws {
      if runs.isEmpty { throw ValidationError("name the runs to delete") }
      if Set(runs).count > 1, !yes { throw ValidationError("deleting \(runs.count) runs needs --yes") }
    }

    func run() async throws {
      let session = try await StudySession.open(store: store.url, mustExist: true)
      for run in runs where await session.engine.whyUnreadable(run) == nil { try await session.require([run]) }
      // A run that is named twice is one run.
      let runs = try await session.queue(.delete(runs))
      await session.close()
      if json.json { return try JSONOutput.print(["deleted": runs]) }
      print("deleted \(runs.map { "#\($0)" }.joined(separator: " "))")
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring deleted runs back, with all that belonged to them.")
    @Argument(help: "The runs' numbers.") var runs: [RunID]
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func validate() throws {
      if runs.isEmpty { throw ValidationError("name the runs to bring back") }
    }

    func run() async throws {
      let session = try await StudySession.open(store: store.url, mustExist: true)
      guard case .trash(let trash) = await session.bus.ask(.trash) else {
        throw CommandError("the trash of this store cannot be read", status: 74)
      }
      if let missing = runs.first(where: { id in !trash.contains { $0.id == id } }) {
        throw CommandError("no run #\(missing) in the trash of this store", status: 66)
      }
      let runs = try await session.queue(.undelete(runs))
      await session.close()
      if json.json { return try JSONOutput.print(["restored": runs]) }
      print("restored \(runs.map { "#\($0)" }.joined(separator: " "))")
    }
  }
}

/// `runs compare --json`.
struct ComparisonReport: Encodable {
  struct Row: Encodable {
    var run: RunReport
    var differencePoints: RunReport.Intervals?
    var pValue: Double?
    /// The p-value is the floor of a resampling: the true one is at most this.
    var pIsBound: Bool?
    var groups: ExampleGroups?
    var test: String
    var verdict: String
    var pairedExamples: Int
    var onFront: Bool?
  }

  var baseline: RunID
  var rows: [Row]
  var conclusion: String
  var baseFormatFree: FormatFreeReport?

  init(_ comparison: Comparison) {
    baseFormatFree = comparison.base?.formatFree.map(FormatFreeReport.init)
    baseline = comparison.baseline
    conclusion = comparison.conclusion
    rows = comparison.rows.map {
      Row(
        run: RunReport($0.run), differencePoints: $0.difference.map(RunReport.Intervals.init), pValue: $0.pValue,
        pIsBound: $0.pValue == nil ? nil : $0.pIsBound, groups: $0.groups, test: $0.test, verdict: $0.verdict.rawValue,
        pairedExamples: $0.pairedExamples, onFront: $0.onFront)
    }
  }
}

/// `runs compare` as text.
enum ComparisonText {
  static func text(_ comparison: Comparison) -> String {
    let head = [
      "#", "set", "data", "score %", "against #\(comparison.baseline)", "p (Holm)", "verdict", "test", "n",
      "overhead %", "front",
    ]
    let rows = comparison.rows.map { row -> [String] in
      [
        "\(row.run.id)", row.run.adaptedLabel, row.run.plan.data.displayName,
        row.run.score?.score.text(scale: 100, .table) ?? "–",
        row.difference.map { String(format: "%+.1f [%+.1f, %+.1f]", $0.estimate, $0.low, $0.high) } ?? "–",
        row.pValue.map { (row.pIsBound ? "≤ " : "") + String(format: "%.2g", $0) } ?? "–",
        verdict(row.verdict, n: row.pairedExamples), row.test,
        "\(row.pairedExamples)\(ExampleGroups.words(row.groups))", row.run.latency.map(RunTable.overhead) ?? "–",
        front(row),
      ]
    }
    let settings = comparison.settings.filter(\.differs).map {
      OneLine.text("  \($0.name): " + $0.values.joined(separator: " | "))
    }
    let base = comparison.base?.baseLine().map { ["\($0) (percent)"] } ?? []
    return
      (RunTable.table([head] + rows) + (settings.isEmpty ? [] : ["settings that differ"] + settings)
      + [comparison.conclusion] + base + RunTable.busyNote(comparison.rows.map(\.run))).joined(separator: "\n")
  }

  private static func front(_ row: Comparison.Row) -> String {
    if row.run.latency?.isBusy == true { return "can't tell: measured on a busy machine" }
    return row.onFront.map { $0 ? "yes" : "no" } ?? "–"
  }

  static func verdict(_ verdict: Comparison.Verdict, n: Int) -> String {
    switch verdict {
    case .better: "better"
    case .worse: "worse"
    case .cannotTell: "can't tell at n = \(n)"
    case .baseline: "baseline"
    case .notComparable: "not comparable"
    }
  }
}
