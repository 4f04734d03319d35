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
