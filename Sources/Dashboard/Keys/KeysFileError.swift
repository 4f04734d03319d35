/// Why a file of key bindings is refused: one line with the file, the line and what to do.
public struct KeysFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int?
  public let reason: String

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
