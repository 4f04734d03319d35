import Recipe
import Text

/// The tensors of an adapter's file by the names that PEFT's `save_pretrained` gives them, whatever wrote the file.
///
/// Files that were made from a training's state have the adapter's own name in every name (`lora_A.default.weight`), the
/// prefix `base_model.model.` twice or not at all, or the prefixes of wrappers.
struct PEFTFileNames {
  /// Names in the file by PEFT's own.
  private let inFile: [String: String]
  /// Tensors that belong to no low-rank layer.
  let others: [String]
  /// The names are not PEFT's own: how they differ, in one line.
  let notice: String?

  private static let prefix = "base_model.model."
  private static let wrappers = ["_orig_mod.", "module.", "_forward_module."]

  init(_ file: SafetensorsFile) throws(SafetensorsError) {
    var inFile: [String: String] = [:]
    var others: [String] = []
    var adapters: Set<String> = []
    var prefixes: Set<Int> = []
    for name in file.names {
      guard let parsed = Self.parse(name) else {
        others.append(name)
        continue
      }
      if let adapter = parsed.adapter { adapters.insert(adapter) }
      prefixes.insert(parsed.prefixes)
      guard let before = inFile.updateValue(name, forKey: parsed.canonical) else { continue }
      let several = adapters.count > 1 ? " of several adapters (\(HubFolder.listed(adapters.sorted())))" : ""
      throw .tensor(
        file.path, name,
        "stands beside \(OneLine.name(before)): the file has tensors\(several) of one layer; save one adapter with "
          + "save_pretrained(selected_adapters=[…])")
    }
    self.inFile = inFile
    self.others = others
    var parts: [String] = []
    if !adapters.isEmpty { parts.append("the adapter's name \(HubFolder.listed(adapters.sorted())) in them") }
    if prefixes.contains(0) { parts.append("no \(Self.prefix) before them") }
    if prefixes.contains(where: { $0 > 1 }) { parts.append("\(Self.prefix) more than once before them") }
    notice =
      parts.isEmpty
      ? nil
      : "\(file.path): tensor names have \(parts.joined(separator: " and ")); they are read as if save_pretrained had written them"
  }

  /// The file's name for one of PEFT's.
  func callAsFunction(_ name: String) -> String? { inFile[name] }

  func has(_ name: String) -> Bool { inFile[name] != nil }

  /// All of the file's names that belong to low-rank layers.
  var lowRank: [String] { inFile.values.sorted() }

  private static func parse(_ name: String) -> (canonical: String, adapter: String?, prefixes: Int)? {
    var rest = Substring(name)
    var count = 0
    while true {
      if rest.hasPrefix(prefix) {
        rest = rest.dropFirst(prefix.utf8.count)
        count += 1
      } else if let wrapper = wrappers.first(where: rest.hasPrefix) {
        rest = rest.dropFirst(wrapper.utf8.count)
      } else {
        break
      }
    }
    for part in ["lora_A", "lora_B"] {
      guard let range = rest.range(of: ".\(part).") else { continue }
      var end = rest[range.upperBound...]
      guard end == "weight" || end.hasSuffix(".weight") else { return nil }
      end = end.dropLast("weight".utf8.count)
      let adapter = end.isEmpty ? nil : String(end.dropLast())
      return ("\(prefix)\(rest[..<range.lowerBound]).\(part).weight", adapter, count)
    }
    let magnitude = ".lora_magnitude_vector"
    guard let range = rest.range(of: magnitude) else { return nil }
    var end = rest[range.upperBound...]
    if end == ".weight" { end = "" }
    if end.hasSuffix(".weight") { end = end.dropLast(".weight".utf8.count) }
    guard end.isEmpty || end.hasPrefix(".") else { return nil }
    return ("\(prefix)\(rest[..<range.lowerBound])\(magnitude)", end.isEmpty ? nil : String(end.dropFirst()), count)
  }
}
