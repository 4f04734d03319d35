import Foundation
import Messages
import Recipe

/// What pruning has found, in words that are no stronger than its tests.
package enum PruningWords {
  /// `o_proj@3-11: 9 of 30 linear layers, rank 16, 30.0 % of the parameters, 97.2 % of ‖s·B·A‖²`
  package static func size(_ result: PrunedAdapter) -> String {
    let ranks = result.ranks
    let rank = ranks.lowerBound == ranks.upperBound ? "\(ranks.lowerBound)" : "\(ranks.lowerBound)-\(ranks.upperBound)"
    return "\(result.kept.label): \(result.places) of \(result.parentPlaces) linear layers, rank \(rank), "
      + "\(result.parameters) of \(result.parentParameters) parameters, \(percent(result.energy)) of the energy"
  }

  /// What was chosen on the tuning split, and on what grounds.
  package static func choice(_ result: PrunedAdapter) -> String {
    let looks = "\(Counted.text(result.candidates.count, "candidate")) scored"
    let cut = result.isCut ? "; the time was up before the search was over" : ""
    guard let place = result.chosen, result.candidates.indices.contains(place) else {
      return
        "nothing of run \(result.parent)'s adapter can go with a loss of at most \(number(result.tolerance)) points on "
        + "the tuning split (\(looks)\(cut))"
    }
    return "kept \(size(result)); tuning split: \(loss(result.candidates[place].loss)) (\(looks)\(cut))"
  }

  /// What the evaluation split says of it, which nothing was chosen on.
  package static func confirmation(_ result: PrunedAdapter) -> String {
    guard let loss = result.confirmed else {
      return "not confirmed: there are no scores of run \(result.parent) on examples that nothing was chosen on"
    }
    let verdict =
      loss.isSignificant
      ? "NOT confirmed, it scores below run \(result.parent)"
      : loss.bound <= result.tolerance ? "confirmed" : "can't tell at n = \(loss.examples)"
    return "evaluation split: \(self.loss(loss)): \(verdict)"
  }

  /// `lowest energy first, 12 of 30 layers dropped: −0.3 points [−1.5, +0.9], …: borne`
  package static func line(_ candidate: PrunedAdapter.Candidate) -> String {
    "\(candidate.name), \(candidate.parameters) parameters: \(loss(candidate.loss)): \(candidate.isBorne ? "borne" : "too much")"
  }

  /// `trained on for 200 steps: +1.2 points [−0.3, +2.7] over the part as it was cut, …; against the whole adapter −0.4 …`
  package static func refit(_ refit: PrunedAdapter.Refit) -> String {
    let head = "trained on for \(Counted.text(refit.steps, "step"))"
    guard let gained = refit.gained else { return "\(head); without examples nothing is said of its score" }
    let verdict =
      gained.pValue < PairedLoss.level
      ? gained.difference.estimate > 0 ? "a gain" : "a LOSS" : "can't tell at n = \(gained.examples)"
    let whole = refit.confirmed.map { "; against the whole adapter \(loss($0))" } ?? ""
    return "\(head): \(change(gained)) over the part as it was cut: \(verdict)\(whole)"
  }

  /// Everything, a line each.
  package static func lines(_ result: PrunedAdapter) -> [String] {
    var lines = ["pruned from run \(result.parent) by \(result.way.rawValue): \(choice(result))"]
    if result.chosen != nil { lines.append(confirmation(result)) }
    if let refit = result.refit { lines.append(self.refit(refit)) }
    lines += result.baselines.map { "beside it \(line($0))" }
    return lines
  }

  private static func loss(_ loss: PairedLoss) -> String {
    "\(points(loss)), no loss above \(number(loss.bound)) (\(test(loss)))"
  }

  private static func change(_ loss: PairedLoss) -> String { "\(points(loss)) (\(test(loss)))" }

  private static func points(_ loss: PairedLoss) -> String {
    let difference = loss.difference
    return String(
      format: "%+.1f points [%+.1f, %+.1f]", difference.estimate, difference.low, difference.high)
  }

  private static func test(_ loss: PairedLoss) -> String {
    let groups = loss.groups.map { " in \($0) groups" } ?? ""
    return "n = \(loss.examples)\(groups), \(loss.test) p \(PValueText.relation(loss.pValue, isBound: loss.pIsBound))"
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
