import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// Tables that are being made: what is reported of them, and what is not.
@Suite struct PartialTableTests {
  private func table(_ seed: UInt64 = 1) -> StudyRows {
    var study = GeneratedStudy.task(like: 0.7, seed: seed)
    study.tuning = 120
    study.evaluation = 120
    study.seeds = [0, 1, 2]
    return study.rows(seed: seed)
  }

  /// One seed judges by its own runs, in a table of its own and without a verdict on the goal.
  @Test func oneSeedHasFiguresOfItsOwn() throws {
    var study = GeneratedStudy(truths: [Double](repeating: 40, count: 15))
    study.truths[14] = 80
    study.rates = [1.5e-3, 3e-3, 6e-3]
    study.seeds = [0]
    study.seedSpread = 0.5
    let regret = Regret(FinishedRuns.all(study.rows(seed: 3)))
    #expect(regret.coverage.map(\.use) == [.sameSeed] && regret.otherSeeds.isEmpty)
    let table = regret.sameSeed
    let last = try #require(Targets.fifteen.last)
    #expect(table.summary(.constant(last), budget: nil)?.mean == 0)
    #expect((table.summary(.random, budget: nil)?.mean ?? 0) > 25)
    let raced = try #require(table.summary(.searchWithRates, budget: nil))
    #expect(raced.choices == 1 && raced.tasks == 1 && raced.seeds == 1...1)
    // Its rate may be another one; the combination that is ahead by forty points is not missed.
    #expect(table.choices[.searchWithRates]?.allSatisfy { $0.budget != nil || $0.pick?.targets == last } == true)
    let page = RegretPage.markdown(regret)
    #expect(page.contains("### Of one seed") && !page.contains("Goal: "))
    #expect(page.contains("Whether the goal is reached is not told by one seed."))
    #expect(page.contains("| search, rates raced |"))
  }

  /// A table is written anew after every run: whatever is there, no figure is a mean over what is missing.
  @Test func whatIsNotThereCountsInNoFigure() throws {
    var study = GeneratedStudy.task(like: 0.7, seed: 4)
    study.tuning = 120
    study.evaluation = 120
    study.seeds = [0, 1, 2]
    let whole = study.rows(seed: 4, task: "whole").rows
    // The rates of the second task are half raced, and its seeds not begun; the third has eight combinations.
    study.rates = [3e-3, 6e-3]
    let half = study.rows(seed: 5, task: "half").rows.filter { row in
      row.seed == 0 && (row.rate == 6e-3 || Targets.fifteen.firstIndex(of: row.targets).map { $0 < 8 } == true)
    }
    let begun = study.rows(seed: 6, task: "begun").rows.filter {
      $0.seed == 0 && $0.rate == 3e-3 && Targets.fifteen.prefix(8).contains($0.targets)
    }
    let regret = Regret(FinishedRuns.all(StudyRows(rows: whole + half + begun)))
    #expect(regret.coverage.map(\.task) == ["begun", "half", "whole"])
    #expect(regret.coverage.map(\.use) == [.nothing, .sameSeed, .otherSeeds])
    #expect(regret.coverage.map(\.combinationWords) == ["8 of 15", "15", "15"])
    #expect(regret.coverage[1].rateWords == "0.003 (8 of 15), 0.006")
    #expect(regret.coverage[1].partialRates == [3e-3])
    // As if the partial ones had never been begun.
    let alone = Regret(FinishedRuns.all(StudyRows(rows: whole)))
    for method in [RegretTable.Method.search, .dearest, .random, .fullSeed, .constant(.all)] {
      let (with, without) = (regret.otherSeeds.summary(method), alone.otherSeeds.summary(method))
      #expect(with?.mean == without?.mean && with?.worst == without?.worst && with?.time == without?.time)
      #expect(with?.tasks == 1)
    }
    #expect(regret.sameSeed.choices.values.allSatisfy { $0.allSatisfy { $0.task == "half" } })
    // A best of two rates beside a best of one would compare how many were tried.
    #expect(regret.sameSeed.summary(.searchWithRates) == nil)
    let page = RegretPage.markdown(regret)
    #expect(page.contains("| begun on made | 8 of 15 |"))
    #expect(page.contains("begun on made: 8 of 15 combinations are there, and the others may be the best"))
    #expect(page.contains("Rates that not all combinations were run at are left out: 0.003 of half on made."))
  }

  /// A seed that some combinations were not run with judges nothing.
  @Test func aHalfSeedIsNone() throws {
    let rows = table().rows.filter { $0.seed < 2 || Targets.fifteen.prefix(7).contains($0.targets) }
    let runs = try #require(FinishedRuns.all(StudyRows(rows: rows)).first)
    #expect(runs.seeds == [0, 1])
    #expect(runs.coverage.seedWords == "0, 1, 2 (7 of 15)")
    let regret = Regret([runs]).otherSeeds
    #expect(regret.summary(.search)?.seeds == 1...1)
    #expect(regret.summary(.constant(.all))?.seeds == 2...2)
  }

  /// Tasks count alike, however many seeds they have.
  @Test func aTaskWithMoreSeedsWeighsNoMore() throws {
    func rows(_ best: Double, _ seeds: [UInt64], _ task: String) -> [StudyRow] {
      var study = GeneratedStudy(truths: [Double](repeating: 50, count: 15))
      study.truths[0] = best
      study.seedSpread = 0.1
      study.seeds = seeds
      return study.rows(seed: 8, task: task).rows
    }
    let few = rows(90, [0, 1], "few")
    let many = rows(50, [0, 1, 2], "many")
    func mean(_ rows: [StudyRow]) throws -> Double {
      try #require(Regret(FinishedRuns.all(StudyRows(rows: rows))).otherSeeds.summary(.halving, budget: nil)).mean
    }
    #expect(abs(try mean(few + many) - (mean(few) + mean(many)) / 2) < 1e-9)
  }

  /// Rows that were scored elsewhere than a search looks cost a line, and not the other tasks.
  @Test func otherHeatsAreAGap() throws {
    var other = table(2).rows
    for place in other.indices {
      other[place].task = "other"
      other[place].heats.removeAll { $0.share == 0.6 }
    }
    let regret = Regret(FinishedRuns.all(StudyRows(rows: table().rows + other)))
    #expect(regret.otherSeeds.summary(.search)?.tasks == 1 && regret.otherSeeds.summary(.dearest)?.tasks == 2)
    #expect(regret.gaps.contains { $0.hasPrefix("other on made: replay: ") && $0.hasSuffix("not at 0.6") })
  }

  /// What is reported of a task was fixed without it.
  @Test func parametersAreFixedOnTheOtherTasks() throws {
    var rows: [StudyRow] = []
    for (place, task) in ["a", "b", "c"].enumerated() {
      var study = GeneratedStudy.task(like: 0.7, seed: UInt64(place))
      study.tuning = 120
      study.evaluation = 120
      study.seeds = [0, 1]
      rows += study.rows(seed: UInt64(place), task: task).rows
    }
    // Without TPOT there is one budget.
    for place in rows.indices { rows[place].overhead = nil }
    let fixed = FixedElsewhere(FinishedRuns.all(StudyRows(rows: rows)))
    #expect(fixed.rows.map(\.task) == ["a", "b", "c"])
    #expect(fixed.summary?.tasks == 3 && fixed.shipped?.tasks == 3)
    // Whatever becomes of c, it decides nothing of what is fixed for it.
    for place in rows.indices where rows[place].task == "c" {
      rows[place].evaluation = OutcomeText(rows[place].evaluation.values.map { 1 - $0 })
    }
    let changed = FixedElsewhere(FinishedRuns.all(StudyRows(rows: rows)))
    #expect(changed.rows[2].setting == fixed.rows[2].setting)
    #expect(changed.rows[2].elsewhere.mean == fixed.rows[2].elsewhere.mean)
    let page = RegretPage.markdown(
      Regret(FinishedRuns.all(StudyRows(rows: rows))), fixedElsewhere: changed)
    #expect(page.contains("### Parameters fixed on the other tasks") && page.contains("| a | heats at 30"))
    let lone = FixedElsewhere(FinishedRuns.all(table()))
    #expect(lone.summary == nil && lone.rows.isEmpty)
  }
}
