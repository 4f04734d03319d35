/// The inner loops of one instruction set, as C function pointers, and the sizes that they work in.
public struct MicrokernelTable: Sendable {
  public init() {}
}
