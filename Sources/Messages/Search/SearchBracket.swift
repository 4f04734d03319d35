import Recipe

/// The state of a search as screens draw it: a column a heat, who is in, who left, at which step, why.
package struct SearchBracket: Hashable, Codable, Sendable {
  package enum Standing: Hashable, Codable, Sendable {
    /// Asked for, and its result not here yet.
    case running
    /// Has its result of this heat; the heat is not over, or it goes on.
    case scored
    /// Its last heat: it left here.
    case left(LeaveReason)
  }

  package struct Entry: Hashable, Codable, Sendable {
    package var candidate: SearchCandidate
    package var seed: UInt64
    package var standing: Standing
    /// Steps done; nil without a result.
    package var step: Int?
    /// Percent on the tuning split.
    package var score: Double?
    /// Mean training loss of the last tenth.
    package var loss: Double?

    package init(
      candidate: SearchCandidate, seed: UInt64, standing: Standing, step: Int?, score: Double?, loss: Double?
    ) {
      self.candidate = candidate
      self.seed = seed
      self.standing = standing
      self.step = step
      self.score = score
      self.loss = loss
    }
  }

  package struct Heat: Hashable, Codable, Sendable {
    package enum Kind: Hashable, Codable, Sendable {
      /// Up to this share of the steps with the race's seed.
      case race(share: Double)
      /// Whole runs of the finalists with a further seed.
      case confirm(seed: UInt64)
    }

    package var kind: Kind
    /// The best first: by the rank that places are given by; without a result last.
    package var entries: [Entry]

    package init(kind: Kind, entries: [Entry]) {
      self.kind = kind
      self.entries = entries
    }
  }

  /// Combinations that never started, with the reason.
  package var notStarted: [Targets: LeaveReason]
  /// Heats that have begun, in order.
  package var heats: [Heat]
  /// Seconds of all results.
  package var seconds: Double

  package init(notStarted: [Targets: LeaveReason] = [:], heats: [Heat] = [], seconds: Double = 0) {
    self.notStarted = notStarted
    self.heats = heats
    self.seconds = seconds
  }

  /// Those that are still in the race: in the last heat, and not gone.
  package var remaining: [SearchCandidate] {
    guard let last = heats.last else { return [] }
    return last.entries.filter { if case .left = $0.standing { false } else { true } }.map(\.candidate)
  }
}
