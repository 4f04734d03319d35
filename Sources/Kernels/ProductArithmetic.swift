/// How a pass multiplies: by frozen weights, by adapters beside them, and inside attention. Everything else (gradients of adapters, softmax,
/// norms, losses) is FP32 in either case, and so is every sum.
public enum ProductArithmetic: String, Sendable, Codable, CaseIterable {
  /// Both factors in FP32, weights widened.
  case float32
  /// Both factors rounded to bfloat16, to the nearest: about twice as fast where the processor has products of bfloat16 pairs.
  case bfloat16

  /// Whether this machine can, in the instruction set that was chosen.
  public var isAvailable: Bool {
    switch self {
    case .float32: true
    case .bfloat16: Microkernel.table.pairs != nil
    }
  }
}
