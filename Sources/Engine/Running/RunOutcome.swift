import Messages
import Transformer

/// How a runner gave the machine back. The state's event was emitted before.
enum RunOutcome: Sendable {
  /// Trained and scored; its latency waits to be measured.
  case trained(TrainedRun)
  case ended(RunState)
  /// Paused, to go on from its checkpoint.
  case paused
  case abandoned
}

/// What measuring the latency needs.
struct TrainedRun: Sendable {
  var base: LoadedBase
  var adapter: LoRAAdapter
  /// As reported so far; the measurement adds its own time.
  var peakMemoryBytes: Int
  var tokensPerSecond: Double
  var wallSeconds: Double
  var phases: PhaseSeconds
}
