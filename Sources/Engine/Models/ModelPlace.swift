import Builtin
import Foundation
import Messages
import Text

/// Where a model's folder lies.
package enum ModelPlace {
  package static func folder(of reference: ModelReference) throws -> URL {
    switch reference {
    case .builtin: try BuiltinBase.locate()
    case .folder(let path): HubFolder.resolved(URL(filePath: path, directoryHint: .isDirectory))
    }
  }
}
