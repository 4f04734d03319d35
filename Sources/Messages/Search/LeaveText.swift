import Foundation
import Recipe

/// Why a run leaves its race, as its row, the terminal and the bracket say it.
package enum LeaveText {
  /// Stands for the step, which only the run knows.
  package static let placeMark = "\u{1}"

  /// Every such line begins with it.
  package static let lead = "left the race "

  /// `left the race at heat 1 of 3, step 90: worse than …`
  package static func line(_ reason: LeaveReason, heat: Int, of heats: Int) -> String {
    let place = heat < 0 ? "\(lead)before its first heat" : "\(lead)at heat \(heat + 1) of \(heats)"
    return "\(place)\(placeMark): \(words(reason))"
  }

  package static let unnamed = "\(lead)at its end\(placeMark): the answer names others"

  /// Of one that never started: what the shortlist was made by is the plan's to say.
  package static func words(_ reason: LeaveReason, in plan: SearchPlan) -> String {
    guard case .notShortlisted = reason, plan.sharing != nil else { return words(reason) }
    return "others promise more for their price, by the look and by the heats on other data sets"
  }

  package static func words(_ reason: LeaveReason) -> String {
    switch reason {
    case .overBudget(let overhead, let budget, let isPredicted):
      SearchPrior.words(overhead, isPredicted: isPredicted)
        + String(format: " is over the budget of %.1f %%", budget)
    case .notShortlisted: "others promise more for their price"
    case .diverged(let step): "it diverged by step \(step)"
    case .withdrawn: "taken out by a person"
    case .slowerRate(let rate, let isProven):
      isProven ? "worse than at \(rate)" : "behind the same at \(rate), by rank"
    case .worse(let than, let points, let scoreP, _):
      String(format: "worse than %@ by %.1f points (p = %.2g)", than.targets.label, abs(points), scoreP)
    case .noPlace(let rank, let places):
      "rank \(rank) for \(Counted.text(places, "place")), not proven worse"
    case .noTime: "no time for it, not proven worse"
    }
  }
}
