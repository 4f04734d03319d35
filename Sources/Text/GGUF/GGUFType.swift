/// How a GGUF tensor's values are stored: a code, of which those that ggml has are known by name and size.
public struct GGUFType: Sendable, Hashable {
  public let code: UInt32

  public init(code: UInt32) { self.code = code }

  public static let f32 = GGUFType(code: 0)
  public static let f16 = GGUFType(code: 1)
  public static let q4x0 = GGUFType(code: 2)
  public static let q4x1 = GGUFType(code: 3)
  public static let q5x0 = GGUFType(code: 6)
  public static let q5x1 = GGUFType(code: 7)
  public static let q8x0 = GGUFType(code: 8)
  public static let q4k = GGUFType(code: 12)
  public static let q5k = GGUFType(code: 13)
  public static let q6k = GGUFType(code: 14)
  public static let bf16 = GGUFType(code: 30)

  /// Those whose values can be had.
  public static let read: [GGUFType] = [.f32, .f16, .bf16, .q8x0, .q4x0, .q4x1, .q5x0, .q5x1, .q4k, .q5k, .q6k]

  public var isRead: Bool { Self.read.contains(self) }

  /// The values were rounded to fewer bits than 16, in blocks.
  public var isQuantised: Bool { (layout?.elements ?? 32) > 1 }

  /// As ggml calls it.
  public var name: String { Self.known[code]?.name ?? "number \(code)" }

  /// Values of a block and its bytes; nil for a code that is not known.
  public var layout: (elements: Int, bytes: Int)? { Self.known[code].map { ($0.elements, $0.bytes) } }

  /// `GGML_QUANT_SIZES` of the `gguf` package.
  private static let known: [UInt32: (name: String, elements: Int, bytes: Int)] = [
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2),
    26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
  ]
}
