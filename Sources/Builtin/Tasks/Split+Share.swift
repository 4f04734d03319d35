import Training

extension Split {
  /// A split's own part of what a task draws from: five eighths to train on, one to tune on, two to evaluate on; no two splits
  /// share an element.
  func share<Element>(of all: [Element]) -> ArraySlice<Element> {
    switch self {
    case .train: all[..<(all.count * 5 / 8)]
    case .tuning: all[(all.count * 5 / 8)..<(all.count * 6 / 8)]
    case .evaluation: all[(all.count * 6 / 8)...]
    }
  }
}
