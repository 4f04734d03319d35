/// Why the engine did not do what it was asked to: one line for the person, and the status with which a verb ends.
///
/// Both come from the place that knows, so that a wrong number is a usage error whoever finds it.
public struct Refusal: ExitStatusError, Hashable, ExpressibleByStringInterpolation {
  /// What, where, and what to do.
  public let line: String
  /// As `sysexits.h`: 64 usage, 65 bad data, 66 missing input, 69 unavailable, 73 cannot create, 74 input or output.
  public let exitStatus: Int32

  public init(_ line: String, exitStatus: Int32) {
    self.line = line
    self.exitStatus = exitStatus
  }

  /// A refusal of this program's own state rather than of what was given to it.
  public init(stringLiteral line: String) { self.init(line, exitStatus: 65) }

  public var description: String { line }
}
