/// Which runs of a snapshot are not as they were in an earlier one. Snapshots share what is the same in them, so that this costs a comparison
/// of addresses a run: what follows from thousands of runs need not be worked out anew because one of them has gone on.
package struct RunChanges: Equatable, Sendable {
  /// In the later runs, rising; those that are new stand at the end.
  package private(set) var places: [Int] = []
  /// Runs are gone, or came in between: no place means what it meant.
  package private(set) var areOthers = false

  package init(from before: [RunSummary], to after: [RunSummary]) {
    let isSame = before.withUnsafeBufferPointer { old in
      after.withUnsafeBufferPointer { new in old.count == new.count && old.baseAddress == new.baseAddress }
    }
    if isSame { return }
    guard before.count <= after.count else {
      areOthers = true
      return
    }
    for place in before.indices where !before[place].sharesBox(with: after[place]) {
      guard before[place].id == after[place].id else {
        areOthers = true
        return
      }
      places.append(place)
    }
    places += before.count..<after.count
  }

  package var isEmpty: Bool { places.isEmpty && !areOthers }

  /// Nothing has happened to any run but that it went on: see ``RunSummary/hasOnlyGoneOn(since:)``.
  package func areProgress(from before: [RunSummary], to after: [RunSummary]) -> Bool {
    !areOthers && before.count == after.count && places.allSatisfy { after[$0].hasOnlyGoneOn(since: before[$0]) }
  }
}

extension RunSummary {
  /// Nothing but what changes from step to step is other than it was: progress, rates, times, series, the energy. What is counted over all
  /// runs, and which of them stand for a set of modules, follows from the rest.
  package func hasOnlyGoneOn(since before: RunSummary) -> Bool {
    if sharesBox(with: before) { return true }
    return state == before.state && reason == before.reason && remeasuring == before.remeasuring
      && remeasuringProblem == before.remeasuringProblem && score == before.score && latency == before.latency
      && labels == before.labels && adapterPath == before.adapterPath && prepared == before.prepared
      && totalSteps == before.totalSteps && started == before.started && finished == before.finished
      && created == before.created && search == before.search && heats == before.heats && pruned == before.pruned
      && origin == before.origin && seriesSlot == before.seriesSlot && id == before.id && plan == before.plan
  }
}
