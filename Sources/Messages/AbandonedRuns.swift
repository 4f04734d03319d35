/// What is at work in a store says who works on it: a program that dies leaves its runs as they were at that moment.
extension Snapshot {
  /// Why a run that nothing computes is not under way.
  private static let interrupted = "interrupted: the program that computed it has ended"

  /// As it is shown to one who only reads: where no program holds the store, what its runs and searches were at does not go on. An engine
  /// that opens the store marks them so itself.
  ///
  /// - Parameter storeIsHeld: asked only where something seems to be under way; nil: nobody knows.
  package func settled(_ storeIsHeld: (@Sendable () -> Bool)?) -> Snapshot {
    guard let storeIsHeld, engine.isReadOnly, engine.replay == nil else { return self }
    let places = runs.indices.filter { runs[$0].state.isActive || runs[$0].state == .awaitingLatency }
    let searching = searches.indices.filter { searches[$0].status == .running }
    guard !places.isEmpty || !searching.isEmpty, !storeIsHeld() else { return self }
    var settled = self
    for place in places {
      settled.runs[place].state = .paused
      settled.runs[place].reason = Self.interrupted
      settled.runs[place].secondsLeft = nil
    }
    for place in searching {
      settled.searches[place].status = .paused
      settled.searches[place].reason = Self.interrupted
    }
    return settled
  }
}
