import Foundation
import Text

/// What an adapter calls its base. It may be given away, so that it says the model's name and nothing of the machine that it was
/// trained on.
package enum PEFTBaseName {
  /// A path becomes the name of its last folder, that of the hub's cache the name on the hub; a name stays as it is.
  package static func name(of base: String) -> String {
    guard isPath(base) else { return base }
    let parts = base.split(whereSeparator: { $0 == "/" || $0 == "\\" }).map(String.init)
    let cached = "models--"
    if let hub = parts.last(where: { $0.hasPrefix(cached) && $0.count > cached.count }) {
      let words = hub.dropFirst(cached.count).components(separatedBy: "--")
      guard let owner = words.first, words.count > 1 else { return String(hub.dropFirst(cached.count)) }
      return owner + "/" + words.dropFirst().joined(separator: "--")
    }
    return parts.last { $0 != "." && $0 != ".." } ?? "base"
  }

  /// `owner/model` is a name; what begins at a root, at home or beside, and what has more parts, is a place.
  static func isPath(_ base: String) -> Bool {
    base.hasPrefix("/") || base.hasPrefix("~") || base.hasPrefix(".") || base.contains("\\")
      || base.split(separator: "/", omittingEmptySubsequences: false).count > 2 || base.dropFirst().hasPrefix(":")
  }
}

extension PEFTAdapterFolder {
  /// Takes the base's place out of a folder that an earlier version wrote: its name stays.
  package static func nameBase(in folder: URL) throws {
    let file = folder.appendingPathComponent("adapter_config.json").path
    let key = "base_model_name_or_path"
    guard var object = try JSONParser.parse(InputFile.contents(of: file)).object, let base = object[key]?.string,
      PEFTBaseName.isPath(base)
    else { return }
    let name = PEFTBaseName.name(of: base)
    object.members = object.members.map { $0.key == key ? .init(key: key, value: .string(name)) : $0 }
    let card = folder.appendingPathComponent("README.md").path
    if InputFile.exists(card), let text = String(validating: try InputFile.contents(of: card), as: UTF8.self) {
      let escaped = JSONWriter.text(.string(base), indent: nil).dropFirst().dropLast()
      let replaced = text.replacing(escaped, with: name).replacing(base, with: name)
      try OutputFile.save(Array(replaced.utf8), to: card)
    }
    try OutputFile.save(Array(JSONWriter.text(.object(object), sortedKeys: true).utf8), to: file)
  }
}
