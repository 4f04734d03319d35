import Foundation
import Recipe
import Text

/// What a folder is that was given as an adapter and is none, or what an adapter changes that is not read, and what leads on.
enum ForeignAdapter {
  /// Of a path without an `adapter_config.json`, in a sentence behind the path and a colon.
  static func problem(_ folder: URL) -> String {
    if let file = ForeignModel.fileProblem(folder, meant: "an adapter's folder") { return file }
    if let hub = HubFolder.problem(folder) { return hub }
    let names = HubFolder.names(in: folder)
    if names.contains(where: isMLX) { return mlx(nil) }
    if InputFile.isDangling(folder.appendingPathComponent("adapter_config.json").path) {
      return "adapter_config.json is a link to a file that is not there: the download is not complete; run it again"
    }
    if names.contains("config.json") { return "is a model and not an adapter: give it with --model" }
    let inner = names.filter { InputFile.exists(folder.appendingPathComponent("\($0)/adapter_config.json").path) }
    if !inner.isEmpty {
      return
        "has no adapter_config.json, but \(HubFolder.listed(inner)) in it \(inner.count == 1 ? "has one: name that folder" : "have one each: name one of them")"
    }
    if names.contains(where: { $0.hasPrefix("adapter_model.") }) {
      return "has an adapter's weights and no adapter_config.json; copy the one that belongs to them into it"
    }
    if names.contains(where: { $0.hasSuffix(".gguf") }) {
      return "holds an adapter of llama.cpp (GGUF); take the PEFT folder that it was made from"
    }
    return "has no adapter_config.json; is it a PEFT adapter folder?"
  }

  /// Of an `adapter_config.json` that is none of PEFT's; nil for others.
  static func problem(_ object: JSONObject, in folder: URL) -> String? {
    guard object.value("peft_type") == nil else { return nil }
    let isMLX =
      ["fine_tune_type", "lora_parameters", "lora_layers"].contains { object.value($0) != nil }
      || HubFolder.names(in: folder).contains(where: isMLX)
    return isMLX ? mlx(object) : nil
  }

  private static func isMLX(_ name: String) -> Bool {
    name.hasSuffix("adapters.safetensors") || name == "adapters.npz"
  }

  private static func mlx(_ object: JSONObject?) -> String {
    let parameters = object?.value("lora_parameters")?.object ?? object
    let rank = parameters?.value("rank")?.integer
    let scale = parameters?.value("scale")?.double
    var alpha = "scale × rank"
    if let rank, let scale {
      let product = scale * Double(rank)
      alpha += " = \(Int(exactly: product).map(String.init) ?? String(product))"
    }
    return
      "is an MLX adapter; convert it: adapter_model.safetensors with base_model.model.NAME.lora_A.weight = lora_a transposed and "
      + ".lora_B.weight = lora_b transposed, and adapter_config.json with peft_type LORA, r \(rank.map(String.init) ?? "the rank"), lora_alpha \(alpha), "
      + "and target_modules"
  }

  // MARK: More than low-rank layers

  private static let wayOut =
    "merge it in Python (PeftModel.from_pretrained(…).merge_and_unload().save_pretrained(folder)) and give the folder as --model"

  /// What an adapter changes beside linear layers of blocks, with the sizes where a file says them; nil for an adapter that is read.
  ///
  /// - Parameters:
  ///   - object: `adapter_config.json`.
  ///   - file: its weights, if they are there.
  static func excess(_ object: JSONObject, file: SafetensorsFile?) throws -> String? {
    let names = try file.map { try PEFTFileNames($0) }
    func sizes(_ list: [String]) -> String {
      let known = list.prefix(4).map { name in
        let shape = file?.info(name).map { " \($0.shape)" } ?? ""
        return OneLine.name(plain(name)) + shape
      }
      return known.joined(separator: ", ") + (list.count > 4 ? ", …" : "")
    }
    let others = names?.others ?? []
    let tokens = others.filter { $0.contains("trainable_tokens_") || $0.contains("token_adapter") }
    if !tokens.isEmpty || isSet(object.value("trainable_token_indices")) {
      let count = object.value("trainable_token_indices").map(count) ?? ""
      return
        "trains the embeddings of \(count)single tokens (trainable_token_indices\(tokens.isEmpty ? "" : ": \(sizes(tokens))")), which only PEFT "
        + "applies; \(wayOut)"
    }
    let embeddings = others.filter { $0.contains("lora_embedding_") }
    let head = (names?.lowRank ?? []).filter { plain($0).hasPrefix("lm_head.") || plain($0).hasPrefix("embed_out.") }
    if !(embeddings + head).isEmpty {
      return
        "adapts \(embeddings.isEmpty ? "the head" : head.isEmpty ? "the embeddings" : "embeddings and head") (\(sizes(embeddings + head))), and only "
        + "linear layers of blocks are adapted here; \(wayOut)"
    }
    let saved = (object.value("modules_to_save")?.array ?? []).compactMap(\.string)
    let whole = others.filter { name in
      let plain = plain(name)
      return name.contains("modules_to_save")
        || ["embed_tokens.weight", "lm_head.weight", "wte.weight", "wpe.weight", "lm_head.bias"].contains {
          plain.hasSuffix($0)
        }
        || saved.contains { plain.contains($0) }
    }
    if !whole.isEmpty || !saved.isEmpty {
      let what = whole.isEmpty ? HubFolder.listed(saved) : sizes(whole)
      return
        "replaces whole layers of the base (\(what)\(saved.isEmpty ? ", saved by a training that resized or trained the embeddings" : "; modules_to_save")); "
        + wayOut
    }
    if others.contains(where: { $0.hasSuffix(".lora_a") || $0.hasSuffix(".lora_b") }) { return mlx(object) }
    return nil
  }

  private static func isSet(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null?: false
    case .array(let list)?: !list.isEmpty
    case .object(let object)?: !object.members.isEmpty
    default: true
    }
  }

  private static func count(_ value: JSONValue) -> String {
    switch value {
    case .array(let list): "\(list.count) "
    case .object(let object): "\(object.members.reduce(0) { $0 + ($1.value.array?.count ?? 0) }) "
    default: ""
    }
  }

  /// Without the prefixes that PEFT puts before a base's own names.
  private static func plain(_ name: String) -> String {
    var rest = Substring(name)
    while rest.hasPrefix("base_model.model.") { rest = rest.dropFirst("base_model.model.".utf8.count) }
    return String(rest)
  }
}
