import Recipe

/// Weights that are not named as the model's, in a folder whose `config.json` is right: how they came about, and what gives
/// the names that are needed.
enum ForeignWeights {
  /// In a sentence behind the folder's path and a colon; nil where nothing is known.
  ///
  /// - Parameter wanted: a tensor that every such model has, and that is missing.
  static func problem(_ names: [String], wanted: String) -> String? {
    if names.contains(where: { $0.contains(".base_layer.") || $0.contains(".lora_A.") }) {
      return
        "is a PEFT model that was saved whole, with base_layer and lora_ tensors; merge it in Python (merge_and_unload() and "
        + "save_pretrained), or give base and adapter each by its own folder"
    }
    if let quantised = names.lazy.compactMap({ QuantisedModel.problem(tensor: $0) }).first { return quantised }
    let prefixes = names.compactMap { $0.hasSuffix(wanted) && $0 != wanted ? $0.dropLast(wanted.utf8.count) : nil }
    guard let prefix = prefixes.min(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
    let origin =
      switch prefix {
      case "_orig_mod.", "model._orig_mod.": "saved from a model that torch.compile had wrapped"
      case "module.", "_forward_module.": "saved from a model that was wrapped for several devices"
      case "base_model.model.": "saved from within PEFT"
      default: "saved from within a larger model"
      }
    return
      "its tensors are named \(OneLine.name(String(prefix)))\(wanted), \(origin); take that part off every name and "
      + "save them again (safetensors.torch.load_file, save_file)"
  }
}
