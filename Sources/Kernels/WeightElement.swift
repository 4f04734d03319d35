/// How a weight lies in memory. Arithmetic is FP32 in either case.
public enum WeightElement: String, Sendable, Codable {
  case float32, bfloat16

  public var byteCount: Int { self == .float32 ? 4 : 2 }
}
