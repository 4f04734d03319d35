/// The kinds of passages in the corpus. Repeats of random tokens are not text and are made by `CorpusSequences`.
public enum CorpusFamily: String, CaseIterable, Sendable {
  case options, lists, pairs, json, facts, hearings, tables, arithmetic, counting
  case finance, reports, sentences, factChains

  /// Share of the passages that are drawn; a hearing is six to ten times as long as a fact.
  var weight: Double {
    switch self {
    case .options: 0.19
    case .lists: 0.05
    case .pairs: 0.06
    case .json: 0.09
    case .facts: 0.16
    case .hearings: 0.08
    case .tables: 0.05
    case .arithmetic: 0.13
    case .finance: 0.06
    case .reports: 0.05
    case .sentences: 0.04
    case .factChains: 0.04
    case .counting: 0.03
    }
  }
}
