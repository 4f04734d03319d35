/// What every error of this room offers: one line for the user (what, where, what to do) and the process's exit status.
public protocol RoomError: Error, CustomStringConvertible, Equatable, Sendable {
  /// A value of `sysexits.h`: 65 bad data, 66 missing input, 69 missing on this machine, 73 cannot create, 74 input or output failed.
  var exitStatus: Int32 { get }
}

/// The statuses of `sysexits.h` that this room uses.
enum ExitStatus {
  static let badData: Int32 = 65
  static let missingInput: Int32 = 66
  static let unavailable: Int32 = 69
  static let cannotCreate: Int32 = 73
  static let inputOutput: Int32 = 74
}
