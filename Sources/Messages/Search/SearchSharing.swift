/// What a shortlist was ordered by besides gradients and prices: how the first heats of races on other data sets of the same base ended.
/// It is kept in the plan, so that a search that a kill has left decides the same again.
package struct SearchSharing: Hashable, Codable, Sendable {
  package struct Source: Hashable, Codable, Sendable {
    package var search: SearchID
    /// The data set's name.
    package var data: String

    package init(search: SearchID, data: String) {
      self.search = search
      self.data = data
    }
  }

  /// The newest race of each data set, in the order of the searches.
  package var sources: [Source]
  /// Only so many combinations enter; nil where as many do as without.
  package var shortened: Int?

  package init(sources: [Source], shortened: Int?) {
    self.sources = sources
    self.shortened = shortened
  }

  /// `the first heats on medmcqa (search 1) and fincot (search 2) order its shortlist, which has 4 places instead of 6`
  package var words: String {
    let names = sources.map { "\($0.data) (search \($0.search))" }
    let list =
      names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
    let heats = sources.count == 1 ? "the first heat on \(list) orders" : "the first heats on \(list) order"
    let places = shortened.map { ", which has \($0) places instead of \(SearchPlan.usualShortlist)" } ?? ""
    return "\(heats) its shortlist\(places)"
  }
}
