import Messages
import Terminal

/// The browser for model folders and data files: an overlay that takes all keys, and in which typing filters.
package struct BrowserView: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package enum Place: Sendable { case recent, parent, here }

    package var place: Place
    package var entry: FolderListing.Entry
  }

  package var purpose: FolderListing.Purpose
  /// Nil until the first answer.
  package var listing: FolderListing?
  /// The folder that was asked for last.
  package var asked: String?
  /// An answer is under way. Keys that are pressed meanwhile wait for it: they are meant for what it brings.
  package var isWaiting = false
  package var waiting: [Key] = []
  package var filter = ""
  package var selected = 0
  package var refusal: String?

  package init(_ purpose: FolderListing.Purpose) { self.purpose = purpose }

  /// Rows from top to bottom: what was used lately, the folder above, the folder's own; with a filter only what fits it, best first.
  package var rows: [Row] {
    guard let listing else { return [] }
    // Who has gone somewhere looks for what is there.
    let recent = asked == nil ? listing.recent.map { Row(place: .recent, entry: $0) } : []
    let here = listing.entries.map { Row(place: .here, entry: $0) }
    guard !filter.isEmpty else {
      let parent = listing.parent.map {
        Row(place: .parent, entry: FolderListing.Entry(name: "..", path: $0, kind: .folder))
      }
      return recent + (parent.map { [$0] } ?? []) + here.filter { !$0.entry.name.hasPrefix(".") }
    }
    let word = filter.lowercased()
    let hits = (here + recent).filter { $0.entry.name.lowercased().contains(word) }
    return hits.filter { $0.entry.name.lowercased().hasPrefix(word) }
      + hits.filter { !$0.entry.name.lowercased().hasPrefix(word) }
  }

  package var row: Row? { rows.indices.contains(selected) ? rows[selected] : nil }

  package mutating func take(_ listing: FolderListing) {
    self.listing = listing
    refusal = nil
    filter = ""
    selected = 0
    if let named = listing.named, let index = rows.firstIndex(where: { $0.place == .here && $0.entry.name == named }) {
      selected = index
    } else if rows.count > 1, rows[0].place == .parent {
      selected = 1
    }
  }
}
