import Foundation
import Messages
import Recipe

/// The first line of a run's log: what the run is, and where it was trained.
package struct RunLogHeader: Codable, Hashable, Sendable {
  /// What the first line of every log says that it is.
  package static let kind = "lorascope run"
  /// Lines that this version writes, and the newest that it reads.
  package static let version = 1

  var log = Self.kind
  var version = Self.version
  /// The same for a run in whatever store it is, and for no other run.
  package var identity: String
  package var plan: RunPlan
  package var seed: UInt64
  /// Fingerprint of the base's weights and configuration; nil for a run that was not prepared.
  package var base: String?
  package var host: String
  package var processor: String?
  package var instructionSet: String?
  package var engine: String
  /// Seconds since 1970.
  package var created: Double
  /// The identity of the run whose adapter this one has made smaller.
  var parent: String?
}

/// A line of a log after the first: one event, under the name of its kind.
struct RunLogLine: Codable, Sendable {
  /// Seconds since 1970; of states and checkpoints.
  var time: Double?
  var prepared: PreparedRun?
  var state: State?
  var step: StepSample?
  /// The run went back to this step: later ones are replaced by what follows.
  var rewound: Int?
  var heldOutLoss: HeldOutLoss?
  /// A checkpoint of this step was written.
  var checkpoint: Int?
  var heat: HeatSummary?
  /// Of the heat with the same number.
  var heatScores: HeatScores?
  var energy: AdapterEnergy?
  var example: ExampleOutcome?
  var score: ScoreSummary?
  var pruned: PrunedAdapter?
  var latencyBlock: LatencyBlock?
  var latency: LatencySummary?
  var phases: PhaseSeconds?
  var labels: RunLabels?
  var notice: Notice?
  var file: File?
  var end: End?

  struct State: Codable, Hashable, Sendable {
    var state: RunState
    var reason: String?
  }

  /// A file in the folder beside the log.
  struct File: Codable, Hashable, Sendable {
    enum Kind: String, Codable, Sendable {
      case adapter, checkpoint
    }

    var kind: Kind
    /// A bare name.
    var name: String
    var bytes: Int
    /// FNV-1a over 64 bits, hexadecimal: it finds what a copy has damaged.
    var hash: String
  }

  /// How the run stands, and what is known of it as a whole. A log without it was cut off, or its run is still at work.
  struct End: Codable, Hashable, Sendable {
    var state: RunState
    var reason: String?
    var started: Double?
    var finished: Double?
    var step: Int
    var totalSteps: Int
    var peakMemoryBytes: Int?
    var tokensPerSecond: Double?
    var wallSeconds: Double?
    var lastCheckpointStep: Int?
  }

  /// Something stands in it that this version knows. What a later one adds to a line is passed over.
  var isKnown: Bool {
    prepared != nil || state != nil || step != nil || rewound != nil || heldOutLoss != nil || checkpoint != nil
      || heat != nil || heatScores != nil || energy != nil || example != nil || score != nil || pruned != nil
      || latencyBlock != nil || latency != nil || phases != nil || labels != nil || notice != nil || file != nil
      || end != nil
  }
}

/// FNV-1a over 64 bits.
struct LogHash {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

enum RunIdentity {
  /// Of a run that was trained in the store where it is: its number, its seed, and the time at which it was queued, which is known to a
  /// fraction of a microsecond. It says nothing of what a later version may write in another way.
  static func own(_ id: RunID, created: Double, seed: UInt64) -> String {
    var hash = LogHash()
    for part in [created.bitPattern, UInt64(bitPattern: id), seed] {
      withUnsafeBytes(of: part.littleEndian) { hash.add($0) }
    }
    let bits = String(created.bitPattern, radix: 16)
    return "\(bits)-\(hash.text)"
  }

  static func of(_ run: RunSummary) -> String {
    run.origin?.identity ?? own(run.id, created: run.created, seed: run.plan.settings.seed)
  }
}
