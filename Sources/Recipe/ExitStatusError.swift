/// What every error of this program offers: one line for the person (what, where, what to do), and the status with which a verb
/// that ends in it ends. Both come from the place that knows, so nobody further up has to guess.
public protocol ExitStatusError: Error, CustomStringConvertible, Sendable {
  /// As `sysexits.h`: 64 usage, 65 bad data, 66 missing input, 69 missing on this machine, 73 cannot create, 74 input or output.
  var exitStatus: Int32 { get }
}
