import Kernels
import Recipe
import Transformer

/// How the time per output token of a fleet is measured.
public struct FleetLatencyOptions: Sendable, Equatable {
  /// Blocks, rounds and their end; the seed decides prompts, draws and bootstrap.
  public var latency: LatencyOptions
  /// Sequences in a batch, each number a measurement; as many adapters to choose from.
  public var sequences: [Int]
  public var mix: AdapterMix

  public init(
    latency: LatencyOptions = LatencyOptions(), sequences: [Int] = [1, 2, 4, 8, 16], mix: AdapterMix = .distinct
  ) {
    self.latency = latency
    self.sequences = sequences
    self.mix = mix
  }

  /// Sequences of one batch at most: with more slots a decoder multiplies instead of streaming, and what is compared would be two ways
  /// to compute.
  public static let mostSequences = StreamedLinears.mostRows

  /// Adapters that there have to be.
  public var adaptersNeeded: Int { sequences.flatMap { draw($0) }.reduce(0) { max($0, $1 + 1) } }

  /// Throws `TrainingError.invalidOption` for what cannot be measured on a model of `maxPositions`.
  public func validate(maxPositions: Int) throws {
    try latency.validate(maxPositions: maxPositions)
    guard !sequences.isEmpty, Set(sequences).count == sequences.count else {
      throw TrainingError.invalidOption(
        name: "adapters", value: sequences.map(String.init).joined(separator: ","), expected: "numbers, none twice")
    }
    for number in sequences where !(1...Self.mostSequences).contains(number) {
      throw TrainingError.invalidOption(
        name: "adapters", value: "\(number)",
        expected: "a whole number \((1...Self.mostSequences).words), the sequences that one step streams weights for")
    }
  }

  func draw(_ sequences: Int) -> [Int] { mix.draw(sequences: sequences, seed: latency.seed) }
}
