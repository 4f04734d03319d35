/// Where a run stands in its data: enough, with the seed, to go on exactly there.
public struct BatchPosition: Sendable, Codable, Equatable {
  /// Passes begun, from 0.
  public var epoch: Int
  /// Examples of this epoch's order that have been used.
  public var offset: Int

  public init(epoch: Int = 0, offset: Int = 0) {
    self.epoch = epoch
    self.offset = offset
  }
}
