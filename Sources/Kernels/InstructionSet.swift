import CPUFeatures
import MicrokernelTable
import Microkernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif
#if arch(x86_64)
  import MicrokernelsAVX2
  import MicrokernelsAVX512
#endif

/// Which build of the microkernels runs. Results have the same bits for the same instruction set.
public enum InstructionSet: String, Sendable, CaseIterable, Codable {
  case baseline, avx2, avx512
  /// AVX-512, and products of bfloat16 pairs by tile registers; in FP32 the same bits as ``avx512``.
  case amx

  static let overrideVariable = "LORASCOPE_INSTRUCTION_SET"

  /// Chosen once, at first use: the widest that processor and operating system support, or what the environment
  /// variable `LORASCOPE_INSTRUCTION_SET` asks for. A wish that cannot be met is reported by ``checked()``, which
  /// programs call at start; here it counts as none.
  public static let current: InstructionSet = (try? checked()) ?? widest

  /// The instruction set that will be used.
  /// - Throws: ``InstructionSetError`` when the environment asks for one that is unknown or that this machine lacks.
  public static func checked() throws -> InstructionSet {
    guard let wish = getenv(overrideVariable).map({ String(cString: $0) }), !wish.isEmpty else { return widest }
    return try resolve(wish, available: available)
  }

  package static func resolve(_ wish: String, available: [InstructionSet]) throws -> InstructionSet {
    guard let set = InstructionSet(rawValue: wish), available.contains(set) else {
      throw InstructionSetError(wish: wish, available: available)
    }
    return set
  }

  /// What this machine can run, narrowest first.
  public static var available: [InstructionSet] {
    #if arch(x86_64)
      switch lorascope_x86_level() {
      case 3: [.baseline, .avx2, .avx512] + (lorascope_takes_tiles() != 0 ? [.amx] : [])
      case 2: [.baseline, .avx2]
      default: [.baseline]
      }
    #else
      [.baseline]
    #endif
  }

  /// The processor multiplies pairs of bfloat16 values (AVX512-BF16).
  fileprivate var hasBFloat16Products: Bool {
    #if arch(x86_64)
      self == .amx || self == .avx512 && lorascope_has_bfloat16() != 0
    #else
      false
    #endif
  }

  private static var widest: InstructionSet { available.last ?? .baseline }
}

/// The environment asks for an instruction set that cannot be had.
public struct InstructionSetError: Error, CustomStringConvertible {
  public var wish: String
  public var available: [InstructionSet]
  /// A usage error, as `sysexits.h` numbers it.
  public var exitStatus: Int32 { 64 }

  public var description: String {
    let names = available.map(\.rawValue).joined(separator: ", ")
    return "\(InstructionSet.overrideVariable)=\(wish): this machine offers \(names); unset it or choose one of these"
  }
}

/// The inner loops of the instruction set that was chosen.
package enum Microkernel {
  static let table = table(for: InstructionSet.current)

  /// - Parameter set: one that this machine has.
  package static func table(for set: InstructionSet) -> MicrokernelTable {
    #if arch(x86_64)
      var table =
        switch set {
        case .baseline: Microkernels.makeMicrokernels()
        case .avx2: MicrokernelsAVX2.makeMicrokernels()
        case .avx512, .amx: MicrokernelsAVX512.makeMicrokernels()
        }
    #else
      var table = Microkernels.makeMicrokernels()
    #endif
    if set == .amx { table.pairs = table.matrixPairs }
    if !set.hasBFloat16Products { table.pairs = nil }
    return table
  }
}
