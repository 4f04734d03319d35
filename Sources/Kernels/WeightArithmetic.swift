/// How matrix products by frozen weights are computed. Everything else (adapters, attention, norms, losses) is FP32 in either case, and
/// so is every sum.
public enum WeightArithmetic: String, Sendable, Codable, CaseIterable {
  /// Both sides in FP32, weights widened.
  case float32
  /// Both sides rounded to bfloat16, to the nearest: about twice as fast where the processor has products of bfloat16 pairs.
  case bfloat16

  /// Whether this machine can, in the instruction set that was chosen.
  public var isAvailable: Bool {
    switch self {
    case .float32: true
    case .bfloat16: Microkernel.table.pairs != nil
    }
  }
}
