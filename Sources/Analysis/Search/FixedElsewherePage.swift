import Recipe

/// How the page shows parameters that were fixed on other tasks.
enum FixedElsewherePage {
  static func blocks(_ fixed: FixedElsewhere) -> [ReportSection.Block] {
    guard let all = fixed.summary else {
      return [.text("It takes two tasks that are judged alike at the least, one to fix them on and one to report.")]
    }
    let judged =
      fixed.use == .otherSeeds
      ? "Judged by seeds that the search has not seen." : "Judged by the runs of the same seed."
    let lead =
      "For each task the search's parameters are those of \(FixedElsewhere.tried.count) settings that took least time on all other "
      + "tasks among those that lost \(Text.fixed(RegretPage.goal.mean, 1)) point there at most on average, or else lost least; rates race "
      + "where the table has several. \(judged)"
    let head = ["task left out", "parameters", "on the others", "on the task", "time"]
    let rows = fixed.rows.map { row in
      [
        OneLine.name(row.task), row.setting.words, RegretPage.points(row.elsewhere), RegretPage.points(row.here),
        RegretPage.percent(row.here.time),
      ]
    }
    let last = [["all", "", "", RegretPage.points(all), RegretPage.percent(all.time)]]
    let shipped = fixed.shipped.map { summary in
      [["", "as they ship", "", RegretPage.points(summary), RegretPage.percent(summary.time)]]
    }
    return [.text(lead), .rich([head] + rows + last + (shipped ?? []))]
  }
}
