import Builtin
import Foundation
import Messages

/// Where a model's folder lies.
enum ModelPlace {
  static func folder(of reference: ModelReference) throws -> URL {
    switch reference {
    case .builtin: try BuiltinBase.locate()
    case .folder(let path): URL(filePath: path, directoryHint: .isDirectory)
    }
  }
}
