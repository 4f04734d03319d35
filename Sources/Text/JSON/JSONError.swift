/// Why bytes are not JSON.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// In words, without a place.
  public let reason: String
  /// Of the byte where reading stopped, from 0.
  public let offset: Int
  /// From 1.
  public let line: Int
  /// In bytes, from 1.
  public let column: Int

  public var description: String { "line \(line), column \(column): \(reason)" }
}
