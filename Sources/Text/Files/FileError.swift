import Foundation
import Recipe

/// A file that cannot be opened, read or written.
public struct FileError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  package static func open(_ path: String, code: Int32) -> FileError {
    switch code {
    case ENOENT, ENOTDIR:
      FileError(description: "\(path): no such file; check the path", exitStatus: ExitStatus.missingInput)
    case EACCES, EPERM:
      FileError(
        description: "\(path): permission denied; make the file readable", exitStatus: ExitStatus.missingInput)
    case EISDIR:
      FileError(description: "\(path): is a folder, not a file", exitStatus: ExitStatus.missingInput)
    case ENXIO, ENODEV:
      FileError(description: "\(path): is a socket or a device, not a file", exitStatus: ExitStatus.missingInput)
    case EMFILE, ENFILE:
      FileError(
        description: "\(path): cannot open: too many files are open; raise the limit (ulimit -n)",
        exitStatus: ExitStatus.unavailable)
    case ELOOP:
      FileError(
        description: "\(path): is a link that leads to itself; check the path", exitStatus: ExitStatus.missingInput)
    default: FileError(description: "\(path): cannot open: \(reason(code))", exitStatus: ExitStatus.inputOutput)
    }
  }

  /// Of what is there and no file.
  static func notRegular(_ path: String, mode: mode_t) -> FileError {
    let kind =
      switch mode & S_IFMT {
      case S_IFDIR: "a folder"
      case S_IFIFO: "a pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    return FileError(description: "\(path): is \(kind), not a file", exitStatus: ExitStatus.missingInput)
  }

  static func read(_ path: String, code: Int32) -> FileError {
    FileError(description: "\(path): cannot read: \(reason(code))", exitStatus: ExitStatus.inputOutput)
  }

  static func shortened(_ path: String) -> FileError {
    FileError(
      description: "\(path): became shorter while it was read; is another program writing it?",
      exitStatus: ExitStatus.inputOutput)
  }

  /// Of a file that is far larger than any that is meant.
  static func tooLong(_ path: String, size: Int, most: Int) -> FileError {
    FileError(
      description: "\(path): has \(MemoryShortage.text(size)), and no such file has over \(MemoryShortage.text(most)); "
        + "is it the file that is meant?", exitStatus: ExitStatus.badData)
  }

  /// Of a stream that goes on beyond what can be held.
  static func endless(_ path: String, most: Int) -> FileError {
    FileError(
      description: "\(path): has more than \(MemoryShortage.text(most)), and no end was seen; give a file or less text",
      exitStatus: ExitStatus.badData)
  }

  static func memory(_ shortage: MemoryShortage) -> FileError {
    FileError(description: shortage.description, exitStatus: shortage.exitStatus)
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

/// The statuses of `sysexits.h` with which a file is refused.
package enum ExitStatus {
  package static let badData: Int32 = 65
  package static let missingInput: Int32 = 66
  package static let unavailable: Int32 = 69
  package static let cannotCreate: Int32 = 73
  package static let inputOutput: Int32 = 74
}
