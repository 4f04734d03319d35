import HuggingFace
import Messages
import Recipe

/// The module groups of a base by its configuration alone, before its weights are loaded.
package enum ModelGroups {
  /// The article's four for a base that cannot be read: whoever loads it says why.
  package static func of(_ reference: ModelReference) -> [TargetGroup] {
    guard case .folder = reference, let folder = try? ModelPlace.folder(of: reference),
      let configuration = try? ModelFolder.configuration(at: folder)
    else { return TargetGroup.article }
    return configuration.linears.groups
  }
}
