import ArgumentParser

/// The ranks that training accepts too, checked before a parameter count is made from one.
enum RankLimit {
  static func check(_ rank: Int) throws {
    guard (1...4096).contains(rank) else { throw ValidationError("--rank must be from 1 to 4096, not \(rank)") }
  }
}
