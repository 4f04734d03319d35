import Text
import Transformer

/// What of an `adapter_config.json` has no effect in a model.
extension PEFTConfigurationReader {
  /// Names, keys and numbers of the configuration that hit nothing in this model, a line each: what their author meant to have an
  /// effect has none.
  ///
  /// - Parameters:
  ///   - hits: names of the layers that are adapted.
  ///   - present: names of the linear layers that the model has.
  ///   - all: names of all linear layers that such a model can have, fused or not.
  ///   - layers: of the model.
  func idle(hits: [String], present: [String], among all: [String], layers: Int) throws -> [String] {
    func printed(_ names: [String]) -> String { HubFolder.listed(names) }
    var lines: [String] = []
    func list(_ field: String, among names: [String]) -> [String] {
      (object.value(field)?.array ?? []).compactMap(\.string).filter { entry in
        !names.contains { $0 == entry || $0.hasSuffix("." + entry) }
      }
    }
    func add(_ field: String, _ names: [String], _ effect: String = "hits no linear layer of this model") {
      if !names.isEmpty { lines.append("\(path): \(field) names \(printed(names)), which \(effect)") }
    }
    let targets = list("target_modules", among: hits)
    let missing = Set(list("target_modules", among: present))
    add("target_modules", targets.filter(missing.contains))
    let there = targets.filter { !missing.contains($0) }
    let excluded = try there.filter { try isExcluded($0, among: present) }
    add("target_modules", excluded, "exclude_modules leaves out")
    add("target_modules", there.filter { !excluded.contains($0) }, "hits no layer that layers_to_transform names")
    add("exclude_modules", list("exclude_modules", among: all))
    for field in ["rank_pattern", "alpha_pattern"] {
      let idle = try (object.value(field)?.object?.members ?? []).map(\.key).filter { key in
        let rule = try names(.string("(?:.*\\.)?(?:\(key))"), field)
        return try !hits.contains { try rule.hits($0) }
      }
      if !idle.isEmpty {
        lines.append("\(path): \(field) names \(printed(idle)), which hits none of the adapted layers")
      }
    }
    let numbers = object.value("layers_to_transform").map { $0.array ?? [$0] } ?? []
    let beyond = numbers.compactMap(\.integer).filter { $0 >= layers || $0 < 0 }
    if !beyond.isEmpty {
      lines.append(
        "\(path): layers_to_transform names \(printed(beyond.map(String.init))), and the model has layers 0 to \(layers - 1)"
      )
    }
    return lines
  }

  /// Does `exclude_modules` take away every layer that a name in `target_modules` stands for?
  private func isExcluded(_ entry: String, among present: [String]) throws -> Bool {
    guard let excluded = try targetRule().excluded else { return false }
    return try present.filter { $0 == entry || $0.hasSuffix("." + entry) }.allSatisfy { try excluded.hits($0) }
  }

  /// Why no layer is left though `target_modules` names some that the model has; nil where it names none.
  func nothingLeft(among present: [String]) throws -> String? {
    let rule = try targetRule()
    let named = try present.filter { try rule.targets.hits($0) }
    guard !named.isEmpty else { return nil }
    let isExcluded = try rule.excluded.map { excluded in try named.allSatisfy { try excluded.hits($0) } } ?? false
    let fields =
      isExcluded
      ? "exclude_modules" : rule.excluded == nil ? "layers_to_transform" : "exclude_modules and layers_to_transform"
    return
      "\(fields) leaves none of the layers that target_modules (\(targetText)) names; the adapter would change nothing"
  }
}
