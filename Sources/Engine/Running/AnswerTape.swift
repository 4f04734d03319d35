import Foundation
import Synchronization

/// New tokens of sequences as they come, and when.
final class AnswerTape: Sendable {
  struct Track: Sendable {
    /// Without what ended it.
    var kept: [Int32] = []
    /// Tokens that have come, the one that ended it included.
    var count = 0
    /// Seconds since the first token of all.
    var first: Double?
    var last = 0.0
    var isOver = false

    /// Tokens after the first, a second.
    var rate: Double? { first.flatMap { AnswerTape.rate(count - 1, seconds: last - $0) } }
  }

  private struct State {
    var tracks: [Track]
    var began: ContinuousClock.Instant?
    var told = -Double.infinity
  }

  /// Seconds between two reports: the sequences wait while one is made.
  private static let interval = 0.1

  private let stops: [Set<Int32>]
  private let content: Mutex<State>

  /// - Parameter stops: tokens that end each sequence.
  init(_ stops: [Set<Int32>]) {
    self.stops = stops
    content = Mutex(State(tracks: stops.map { _ in Track() }))
  }

  /// Takes a sequence's tokens when a new one is there.
  ///
  /// - Returns: whether the sequence ends with it, and whether the state is to be told now.
  func take(_ tokens: [Int32], of place: Int) -> (isOver: Bool, isDue: Bool) {
    let isOver = tokens.last.map(stops[place].contains) ?? false
    let now = ContinuousClock.now
    return content.withLock { state in
      let seconds = (now - (state.began ?? now)) / .seconds(1)
      state.began = state.began ?? now
      state.tracks[place].count = tokens.count
      state.tracks[place].kept = isOver ? tokens.dropLast() : tokens
      state.tracks[place].first = state.tracks[place].first ?? seconds
      state.tracks[place].last = seconds
      state.tracks[place].isOver = isOver
      let isDue = seconds - state.told >= Self.interval
      if isDue { state.told = seconds }
      return (isOver, isDue)
    }
  }

  /// A sequence has ended, perhaps with a token of which nothing was said before; when that came is not known.
  func end(_ tokens: [Int32], of place: Int) {
    content.withLock { state in
      let hasEnded = tokens.last.map(stops[place].contains) ?? false
      state.tracks[place].kept = hasEnded ? tokens.dropLast() : tokens
      state.tracks[place].isOver = true
    }
  }

  /// Each sequence, and tokens a second of all together after the first of all.
  var state: (tracks: [Track], rate: Double?) {
    content.withLock { state in
      let begun = state.tracks.filter { $0.first != nil }
      // Those that came with the prompts took no step.
      let first = begun.map { $0.first ?? 0 }.max() ?? 0
      let last = begun.map(\.last).max() ?? 0
      return (state.tracks, Self.rate(begun.reduce(0) { $0 + $1.count - 1 }, seconds: last - first))
    }
  }

  private static func rate(_ tokens: Int, seconds: Double) -> Double? {
    tokens > 0 && seconds > 0 ? Double(tokens) / seconds : nil
  }
}
