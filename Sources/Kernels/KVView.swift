/// One sequence's cached keys and values, row-major `[maxLength, kvHeads · headSize]`, rows `stride` values apart.
///
/// `@unchecked Sendable`: only pointers; decoding appends to one head's keys and values, and reads them, in one worker.
public struct KVView: @unchecked Sendable {
  public var keys: UnsafeMutablePointer<Float>
  public var values: UnsafeMutablePointer<Float>
  public var stride: Int

  public init(keys: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>, stride: Int) {
    self.keys = keys
    self.values = values
    self.stride = stride
  }
}
