import Analysis
import Messages
import Recipe

/// Searches on several data sets of one base: how the first heats of some ended orders the shortlists of others.
extension Engine {
  /// Whose first heat a search waits for before it looks at its base: of those that were begun with it and share, the first that has not
  /// ended it. One that is paused is not waited for.
  func waitsForHeat(_ id: SearchID) -> SearchID? {
    guard let own = searches[id]?.summary, own.status == .running, own.plan.sharesInto(own.request) else { return nil }
    return searches.values.filter { other in
      other.summary.id < id && other.summary.status == .running && other.summary.request.sharesHeats == true
        && other.summary.request.purpose == .combinations && other.summary.request.model == own.request.model
        && other.summary.request.data != own.request.data && !other.hasEndedFirstHeat
    }.map(\.summary.id).min()
  }

  /// The search's own time stands still while it waits.
  func hold(_ id: SearchID, for other: SearchID) {
    guard var own = searches[id] else { return }
    own.summary.secondsUsed = own.secondsUsed
    own.since = nil
    own.summary.waitsFor = other
    searches[id] = own
  }

  /// Lets those go on whose wait is over.
  func wakeWaiting() {
    guard !isEnding else { return }
    for id in searches.keys.sorted() {
      guard let known = searches[id]?.summary.waitsFor, searches[id]?.summary.status == .running else { continue }
      let other = waitsForHeat(id)
      guard other != known else { continue }
      searches[id]?.summary.waitsFor = other
      if other == nil {
        searches[id]?.since = .now
        awaitLook(id)
      }
      publish(id)
    }
  }

  /// Races on other data sets of a base whose first heat is over, the newest of each, in the order of the searches.
  ///
  /// - Parameter fingerprint: of the base, which the races' runs name.
  private func races(on fingerprint: String, besides data: DataReference) async -> [EngineSearch] {
    let snapshot = await bus.currentSnapshot()
    var newest: [DataReference: EngineSearch] = [:]
    for own in searches.values.sorted(by: { $0.summary.id < $1.summary.id })
    where own.summary.request.purpose == .combinations && own.summary.request.data != data && own.hasEndedFirstHeat {
      let isOfBase = own.summary.runs.values.contains { snapshot.run($0)?.prepared?.baseFingerprint == fingerprint }
      if isOfBase { newest[own.summary.request.data] = own }
    }
    return newest.values.sorted { $0.summary.id < $1.summary.id }
  }

  /// Puts what races on other data sets say into a plan whose race has not begun.
  func share(into plan: inout SearchPlan, of request: SearchRequest) async throws {
    guard plan.sharesInto(request) else { return }
    let races = await races(on: try await load(request.model).summary.fingerprint, besides: request.data)
    let known = races.filter { SharedHeats([$0.search.bracket]).sets > 0 }
    guard !known.isEmpty else { return }
    let usual = plan.shortlist
    SharedHeats(known.map(\.search.bracket)).apply(to: &plan)
    plan.sharing = SearchSharing(
      sources: known.map { .init(search: $0.summary.id, data: $0.summary.request.data.displayName) },
      shortened: plan.shortlist < usual ? plan.shortlist : nil)
  }

  /// On how many other data sets a first heat will be over when the search looks at its base, if those before it go on.
  func sharedSets(_ request: SearchRequest, _ plan: SearchPlan, after earlier: [SearchRequest]) async throws -> Int {
    guard plan.sharesInto(request) else { return 0 }
    let known = await races(on: try await load(request.model).summary.fingerprint, besides: request.data)
    let coming = earlier.filter { other in
      other.sharesHeats == true && other.purpose == .combinations && other.model == request.model
        && other.data != request.data
    }
    return Set(known.map(\.summary.request.data) + coming.map(\.data)).count
  }
}

extension SearchPlan {
  /// Whether a shortlist is made that other races could order: not where all race anyway, and not without the look.
  fileprivate func sharesInto(_ request: SearchRequest) -> Bool {
    request.sharesHeats == true && request.purpose == .combinations && look != nil
      && combinations.count > SharedHeats.shortened
  }
}

extension EngineSearch {
  fileprivate var hasEndedFirstHeat: Bool {
    guard !summary.plan.awaitsLook, let heat = search.bracket.heats.first else { return false }
    return heat.entries.allSatisfy { $0.standing != .running }
  }
}
