import Foundation

/// A file that cannot be opened, read or written.
public struct FileError: RoomError {
  public let description: String
  public let exitStatus: Int32

  static func open(_ path: String, code: Int32) -> FileError {
    switch code {
    case ENOENT, ENOTDIR:
      FileError(description: "\(path): no such file; check the path", exitStatus: ExitStatus.missingInput)
    case EACCES, EPERM:
      FileError(
        description: "\(path): permission denied; make the file readable", exitStatus: ExitStatus.missingInput)
    case EISDIR:
      FileError(description: "\(path): is a folder, not a file", exitStatus: ExitStatus.missingInput)
    default: FileError(description: "\(path): cannot open: \(reason(code))", exitStatus: ExitStatus.inputOutput)
    }
  }

  static func read(_ path: String, code: Int32) -> FileError {
    FileError(description: "\(path): cannot read: \(reason(code))", exitStatus: ExitStatus.inputOutput)
  }

  static func shortened(_ path: String) -> FileError {
    FileError(
      description: "\(path): became shorter while it was read; is another program writing it?",
      exitStatus: ExitStatus.inputOutput)
  }

  static func tooLarge(_ path: String, size: Int) -> FileError {
    FileError(
      description: "\(path): has \(size / 1_000_000) MB or more, and this machine less memory; split the file",
      exitStatus: ExitStatus.badData)
  }

  static func create(_ path: String, code: Int32) -> FileError {
    FileError(
      description: "\(path): cannot create: \(reason(code)); check that the folder exists and is writable",
      exitStatus: ExitStatus.cannotCreate)
  }

  static func write(_ path: String, code: Int32) -> FileError {
    let advice = code == ENOSPC ? "; free some space on that disk" : ""
    return FileError(
      description: "\(path): cannot write: \(reason(code))\(advice)", exitStatus: ExitStatus.inputOutput)
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
