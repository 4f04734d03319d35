/// The statuses of `sysexits.h` that this room uses.
package enum ExitStatus {
  package static let badData: Int32 = 65
  package static let missingInput: Int32 = 66
  package static let unavailable: Int32 = 69
  package static let cannotCreate: Int32 = 73
  package static let inputOutput: Int32 = 74
}
