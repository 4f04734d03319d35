import MicrokernelTable
import Microkernels

#if arch(x86_64)
  import MicrokernelsAVX2
  import MicrokernelsAVX512
#endif

/// The inner loops of the instruction set that was chosen.
enum Microkernel {
  static let table: MicrokernelTable = {
    var table = Microkernel.table(for: InstructionSet.current)
    if !InstructionSet.hasBFloat16Products { table.pairs = nil }
    return table
  }()

  /// - Parameter set: one that this machine has.
  static func table(for set: InstructionSet) -> MicrokernelTable {
    #if arch(x86_64)
      switch set {
      case .baseline: Microkernels.makeMicrokernels()
      case .avx2: MicrokernelsAVX2.makeMicrokernels()
      case .avx512: MicrokernelsAVX512.makeMicrokernels()
      }
    #else
      Microkernels.makeMicrokernels()
    #endif
  }
}
