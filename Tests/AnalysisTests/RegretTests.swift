import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// Rows of finished runs, and what is made of them.
@Suite struct RegretTests {
  private func table(_ seed: UInt64 = 1) -> StudyRows {
    var study = GeneratedStudy.task(like: 0.7, seed: seed)
    study.tuning = 120
    study.evaluation = 120
    study.seeds = [0, 1, 2]
    return study.rows(seed: seed)
  }

  @Test func rowsAreReadAsTheyWereWritten() throws {
    let table = table()
    let text = try table.text()
    var read = StudyRows()
    try read.read(text, name: "rows.jsonl")
    #expect(try read.text() == text)
    #expect(Set(read.rows.map(\.key)) == Set(table.rows.map(\.key)))
    #expect(read.tasks == table.tasks)
    // Names as people write them, not bits.
    #expect(text.contains(#""targets":"qkv+o_proj""#))
    #expect(text.contains(#""train_seconds":"#))
  }

  @Test func outcomesAreShort() throws {
    #expect(OutcomeText([1, 0, 1]).text == "101")
    let graded = OutcomeText([1, 0.5, 0, .nan])
    #expect(graded.text == "xfff800000000")
    let read = try #require(OutcomeText(parsing: graded.text))
    #expect(zip(read.values, [1, 0.5, 0, 0]).allSatisfy { abs($0 - $1) < 2e-4 })
    for bad in ["12", "xff", "x+ff", "x-ff", "xggg", "x ff"] { #expect(OutcomeText(parsing: bad) == nil) }
    #expect(OutcomeText(parsing: "")?.values == [])
  }

  @Test func aBadLineIsNamed() throws {
    let good = try table().text().split(separator: "\n")
    let run = String(good[1])
    func refusal(_ line: String) -> String? {
      var rows = StudyRows()
      do {
        try rows.read("\n" + line + "\n", name: "a.jsonl")
        return nil
      } catch { return error.line }
    }
    #expect(refusal(run) == nil)
    let cases: [(String, String)] = [
      ("{", "a.jsonl:2: not JSON"),
      ("[]", "a.jsonl:2:  has the wrong type"),
      ("{}", #"a.jsonl:2: a line is {"run": …} or {"examples": …}"#),
      (run.replacing(#""targets":"qkv""#, with: #""targets":"qvk""#), "unknown target module"),
      (run.replacing(#""parameters":"#, with: #""parameterz":"#), "parameters is missing"),
      (run.replacing(#""rate":0.003"#, with: #""rate":-1"#), "a.jsonl:2: rate must be above 0"),
      (run.replacing(#""share":0.1"#, with: #""share":0.5"#), "shares of heats must rise"),
      (run.replacing(#""share":1"#, with: #""share":0.9"#), "must have a heat at share 1"),
      (
        run.replacing(#""train_seconds":"#, with: #""train_seconds":1e15,"x":"#),
        "a.jsonl:2: seconds must be from 0 to 1e9"
      ),
      (run + "\n" + run, "a.jsonl:3: made, qkv at 0.003, seed 0 is there twice"),
      (run.replacing(#""evaluation":""#, with: #""evaluation":"2"#), "outcomes are 0 and 1"),
    ]
    for (line, expected) in cases {
      let said = refusal(line)
      #expect(
        said?.contains(expected.trimmingCharacters(in: .whitespaces)) ?? false, "\(said ?? "read") for \(expected)")
    }
    let shorter = run.replacing(#""evaluation":""#, with: #""seed":9,"evaluation":"1"#).replacing(
      #""seed":0,"#, with: "")
    #expect(refusal(run + "\n" + shorter)?.contains("evaluation examples, others have") ?? false)
  }

  @Test func constantsAndTheDearestAreJudgedByTheTable() throws {
    var study = GeneratedStudy(truths: [Double](repeating: 50, count: 15))
    study.truths[0] = 90
    study.tuning = 120
    study.evaluation = 400
    study.seeds = [0, 1, 2]
    study.seedSpread = 0.5
    let regret = Regret(FinishedRuns.all(study.rows(seed: 2))).otherSeeds
    let qkv = try #require(regret.summary(.constant(.qkv)))
    // qkv costs about 4.3 %: it fits all budgets but the first.
    #expect(qkv.choices == 5)
    #expect(qkv.mean == 0 && qkv.asGood == 1)
    #expect((regret.summary(.constant(.all), budget: nil)?.mean ?? 0) > 30)
    #expect(regret.summary(.constant(.all), budget: 10) == nil)
    #expect((regret.summary(.random, budget: nil)?.mean ?? 0) > 30)
    let search = try #require(regret.summary(.search))
    let full = try #require(regret.summary(.fullSeed))
    // Where one is ahead by 40 points, both see it.
    #expect(search.mean < 1.5 && full.mean < 1.5)
    #expect(try #require(search.time) < #require(full.time))
    #expect(try #require(search.time) < 0.15)
  }

  /// A table is made in many sittings, on a machine that does other things too.
  @Test func whatDisturbedARunIsNoTimeOfItsOwn() throws {
    var study = GeneratedStudy(truths: [Double](repeating: 50, count: 15))
    study.seeds = [0, 1, 2]
    var rows = study.rows(seed: 2).rows
    let quiet = try #require(FinishedRuns.all(StudyRows(rows: rows)).first).exhaustiveSeconds(seeds: 3)
    rows[0].trainSeconds *= 9
    rows[0].evaluateSeconds *= 9
    let disturbed = try #require(FinishedRuns.all(StudyRows(rows: rows)).first).exhaustiveSeconds(seeds: 3)
    #expect(abs(disturbed - quiet) < 1e-9 * quiet)
  }

  @Test func thePageSaysWhereThereIsTooLittle() throws {
    let page = RegretPage.markdown(Regret(FinishedRuns.all(table())))
    #expect(page.contains("| made on made | 15 | 0.003 (seed 0) | 0, 1, 2 | figures of other seeds |"))
    #expect(page.contains("### Judged by seeds that the choice has not seen"))
    #expect(page.contains("| search, rates known |"))
    #expect(page.contains("| always all four |"))
    #expect(page.contains("1 task: too few to say which way of choosing is better; 4 are the least"))
    #expect(page.contains("one base: where a constant wins here, it need not on another"))
    #expect(page.contains("no seed was run at several rates"))
    #expect(page.contains("Goal: mean at most 1.0"))
    #expect(!page.contains("### Of one seed"))
    // Equal tables, equal pages.
    #expect(RegretPage.markdown(Regret(FinishedRuns.all(table()))) == page)
  }

  /// Seconds that are out of all proportion are said, and none at all is no time that was saved.
  @Test(arguments: [0.0, 1e-310]) func timesOutOfProportionAreNoShares(_ seconds: Double) throws {
    let rows = table().rows.map { row in
      var row = row
      (row.trainSeconds, row.evaluateSeconds, row.latencySeconds) = (seconds, 0, 0)
      for place in row.heats.indices { row.heats[place].seconds = seconds == 0 ? 0 : 1e9 }
      return row
    }
    let regret = Regret(FinishedRuns.all(StudyRows(rows: rows)))
    #expect(regret.otherSeeds.summary(.search)?.time == nil)
    #expect(RegretPage.markdown(regret).contains("at – of the time"))
  }

  @Test func thePageGoesBetweenItsMarks() throws {
    let document = "a\n\(RegretPage.begin)\nold\n\(RegretPage.end)\nb\n"
    let replaced = try TableBlock.replaced(
      in: document, by: "new\n", name: "x", begin: RegretPage.begin, end: RegretPage.end)
    #expect(replaced == "a\n\(RegretPage.begin)\nnew\n\(RegretPage.end)\nb\n")
    #expect(throws: Refusal.self) {
      try TableBlock.replaced(in: "a", by: "", name: "x", begin: RegretPage.begin, end: RegretPage.end)
    }
  }

  @Test func aReplayThatLooksWhereNothingWasScoredIsRefused() throws {
    let runs = try #require(FinishedRuns.all(table()).first)
    var plan = SearchPlan(combinations: runs.priors(rates: nil), rates: [1], tuningExamples: 120)
    plan.heats = [0.25, 1]
    do {
      _ = try SearchReplay(runs, plan)
      Issue.record("was not refused")
    } catch {
      #expect(error.line.contains("was scored at 0.1, 0.2, 0.3, 0.6, 1 of its steps, not at 0.25"))
    }
  }
}
