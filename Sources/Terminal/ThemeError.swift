/// What is wrong with a theme file: where, what, and what would be right.
public struct ThemeError: Error, Equatable, CustomStringConvertible {
  public var file: String
  /// From 1; nil when the file as a whole cannot be read.
  public var line: Int?
  public var reason: String

  public init(file: String, line: Int?, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
