import Foundation
import Recipe
import Text

/// What a folder is that was given as a model and is none, or that lacks its weights, and what leads on from there.
enum ForeignModel {
  /// Of a path without a `config.json`, in a sentence behind the path and a colon.
  static func problem(_ folder: URL) -> String {
    if let file = fileProblem(folder, meant: "a model's folder") { return file }
    if let hub = HubFolder.problem(folder) { return hub }
    let names = HubFolder.names(in: folder)
    func has(_ name: String) -> Bool { names.contains(name) }
    if has("adapter_config.json") || has("adapters.safetensors") || has("adapters.npz") {
      return "is an adapter and not a model: give it with --adapter, and its base with --model\(base(of: folder))"
    }
    if InputFile.isDangling(folder.appendingPathComponent("config.json").path) { return dangling("config.json") }
    if has("model_index.json") { return "is a pipeline of diffusers; a language model is needed" }
    if let format = format(names) { return format }
    let inner = names.filter { InputFile.exists(folder.appendingPathComponent("\($0)/config.json").path) }
    if !inner.isEmpty {
      return
        "has no config.json, but \(HubFolder.listed(inner)) in it \(inner.count == 1 ? "has one: name that folder" : "have one each: name one of them")"
    }
    let adapters = names.filter { InputFile.exists(folder.appendingPathComponent("\($0)/adapter_config.json").path) }
    if !adapters.isEmpty {
      return
        "has no config.json, and \(HubFolder.listed(adapters)) in it \(adapters.count == 1 ? "is an adapter" : "are adapters"): give it with --adapter, and its base with --model"
    }
    if names.contains(where: { $0.hasSuffix(".safetensors") }) {
      return "has weights and no config.json; copy the config.json that belongs to them into it"
    }
    return "has no config.json; is it a Hugging Face model folder?"
  }

  /// Of a folder with a `config.json` and without weights that are read.
  static func weightsProblem(_ folder: URL) -> String {
    let names = HubFolder.names(in: folder)
    for name in ["model.safetensors", "model.safetensors.index.json"]
    where InputFile.isDangling(folder.appendingPathComponent(name).path) {
      return dangling(name)
    }
    if names.contains("adapter_model.safetensors") {
      return
        "has an adapter's weights and none of a model: give it with --adapter, and its base with --model\(base(of: folder))"
    }
    if let format = format(names) { return format }
    let others = names.filter { $0.hasSuffix(".safetensors") }
    if !others.isEmpty {
      return "has no model.safetensors, but \(HubFolder.listed(others)); if that is the whole model, rename it so"
    }
    return
      "has neither model.safetensors nor model.safetensors.index.json; is it a model folder, and its download whole?"
  }

  /// Of a path that is a file; nil for a folder.
  static func fileProblem(_ path: URL, meant: String) -> String? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder), !isFolder.boolValue else {
      return nil
    }
    let prefix = (try? InputFile(path: path.path).prefix()) ?? []
    switch FileKind(prefix: prefix) {
    case .safetensors?: return "is a file; \(meant) is needed: give the one that it lies in"
    case let kind?: return "\(kind.words), and \(meant) is needed; \(kind.remedy)"
    case nil: return "is a file; \(meant) is needed"
    }
  }

  /// The format of other programs that a folder's files have.
  private static func format(_ names: [String]) -> String? {
    func any(_ endings: String...) -> String? { names.first { name in endings.contains { name.hasSuffix($0) } } }
    if let file = names.first(where: { $0.hasPrefix("pytorch_model") && $0.contains(".bin") }) {
      return "has only \(file), which is a pickle; write safetensors with transformers: "
        + "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder)"
    }
    if let file = names.first(where: {
      $0.hasPrefix("weights.") && ($0.hasSuffix(".npz") || $0.hasSuffix(".safetensors"))
    }
    ) {
      return
        "has \(file), as an early MLX wrote models; take the model that it was made from, or convert it with a newer mlx_lm"
    }
    if let file = any(".gguf", ".ggml") {
      return
        "holds \(OneLine.name(file)), a model of llama.cpp; take the folder that it was made from, with "
        + "config.json and safetensors"
    }
    if let file = names.first(where: { $0.hasPrefix("consolidated.") || $0 == "params.json" }) {
      return
        "holds \(OneLine.name(file)), the layout of the model's own authors; take its Hugging Face folder (Meta's end "
        + "in -hf), or convert it with transformers"
    }
    if let file = any(
      ".h5", ".msgpack", ".ckpt.index", ".onnx", ".nemo", ".mlpackage", ".tflite", ".pth", ".pt", ".bin", ".ckpt")
    {
      return
        "holds \(OneLine.name(file)) and no safetensors; open it with the program that wrote it, and save the model with "
        + "transformers' save_pretrained"
    }
    return nil
  }

  private static func dangling(_ name: String) -> String {
    "\(name) is a link to a file that is not there: the download is not complete; run it again"
  }

  /// The base that an adapter names, in brackets.
  private static func base(of folder: URL) -> String {
    let path = folder.appendingPathComponent("adapter_config.json").path
    guard let bytes = try? InputFile.whole(path, most: InputFile.mostConfigurationBytes),
      let name = (try? JSONParser.parse(bytes))?.object?.value("base_model_name_or_path")?.string
    else { return "" }
    return " (\(OneLine.name(name)))"
  }
}
