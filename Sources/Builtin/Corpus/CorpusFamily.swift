/// The kinds of passages in the corpus. Repeats of random tokens are not text and are made by `CorpusSequences`.
public enum CorpusFamily: String, CaseIterable, Sendable {
  case options, lists, pairs, json, facts, hearings, tables, arithmetic, counting

  /// Share of the passages that are drawn; a hearing is six to ten times as long as a fact.
  var weight: Double {
    switch self {
    case .options: 0.28
    case .lists: 0.08
    case .pairs: 0.09
    case .json: 0.13
    case .facts: 0.22
    case .hearings: 0.12
    case .tables: 0.05
    case .arithmetic: 0.03
    case .counting: 0.03
    }
  }
}
