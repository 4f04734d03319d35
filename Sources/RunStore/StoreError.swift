import Recipe

/// Why a store cannot be opened, read or written: one line that says what, where and what to do.
public struct StoreError: ExitStatusError, Hashable {
  public enum Reason: String, Hashable, Sendable {
    /// Another engine holds the store's lock.
    case engineRunning
    /// Written by a newer version, or (when only reading) by an older one.
    case version
    case missing
    case cannotCreate
    case unreadable
    case diskFull
    /// Another program held a lock for more than five seconds.
    case locked
    case inputOutput
  }

  public let reason: Reason
  public let description: String

  public init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  /// As `sysexits.h`: 65 bad data, 66 missing input, 73 cannot create, 74 input/output.
  public var exitStatus: Int32 {
    switch reason {
    case .version, .unreadable: 65
    case .missing: 66
    case .cannotCreate: 73
    case .engineRunning, .diskFull, .locked, .inputOutput: 74
    }
  }
}
