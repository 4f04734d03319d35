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
    let models = names.filter { $0.lowercased().hasSuffix(".gguf") }
    if models.count > 1 { return "holds \(models.count) GGUF files; give one of them: \(HubFolder.listed(models))" }
    if let file = any(".gguf", ".ggml") {
      return
        "holds \(OneLine.name(file)), a model of llama.cpp that is not read; take the folder that it was made from, with "
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

/// Weights of fewer bits than are read here: whose form they have, and what gives the model in BF16 again.
enum QuantisedModel {
  /// In a sentence behind the configuration's path and a colon; nil for a model that says nothing of quantisation.
  static func problem(_ object: JSONObject) -> String? {
    let settings = object.value("quantization_config") ?? object.value("compression_config")
    if let mlx = object.value("quantization")?.object ?? settings?.object, mlx.value("quant_method") == nil,
      mlx.value("group_size") != nil, mlx.value("bits") != nil
    {
      return byMLX(bits: mlx.value("bits")?.integer, group: mlx.value("group_size")?.integer)
    }
    guard let settings else {
      return object.value("quantization") == nil ? nil : "has a quantization: \(general)"
    }
    guard let fields = settings.object else { return "has a quantization_config that is \(settings.kind); \(general)" }
    return sentence(fields)
  }

  static func byMLX(bits: Int?, group: Int?) -> String {
    let form = bits.map { " to \($0) bits\(group.map { " in groups of \($0)" } ?? "")" } ?? ""
    return "the model is quantised by MLX\(form); use the model that it was made from, or write it in BF16 with "
      + "`mlx_lm.convert --hf-path FOLDER --mlx-path NEW --dequantize`"
  }

  /// By the name or the type of a tensor, for folders whose `config.json` is silent.
  static func problem(tensor name: String) -> String? {
    let marks: [(mark: String, method: String)] = [
      (".qweight", "GPTQ or AWQ"), (".qzeros", "GPTQ or AWQ"), (".g_idx", "GPTQ"), (".absmax", "bitsandbytes"),
      (".quant_map", "bitsandbytes"), (".quant_state.", "bitsandbytes"), (".SCB", "bitsandbytes"),
      (".weight_scale_inv", "FP8 blocks"), (".weight_scale", "FP8 or compressed-tensors"),
      (".weight_packed", "compressed-tensors"), (".input_scale", "FP8 or compressed-tensors"),
      (".weight_blocks", "MXFP4"), ("_blocks", "MXFP4"),
    ]
    if name.hasSuffix(".scales") || name.hasSuffix(".biases") { return byMLX(bits: nil, group: nil) }
    guard
      let found = marks.first(where: { name.hasSuffix($0.mark) || $0.mark.hasSuffix(".") && name.contains($0.mark) })
    else { return nil }
    return "the weights are quantised (\(found.method)); \(general)"
  }

  private static let general =
    "weights of BF16, F16 or F32 are read: use the model that it was made from"

  private static func sentence(_ fields: JSONObject) -> String {
    func number(_ name: String) -> String? { fields.value(name)?.integer.map { "\($0) bits" } }
    let method = fields.value("quant_method")?.string?.lowercased() ?? ""
    func quantised(_ name: String, _ bits: String?, _ way: String? = nil) -> String {
      "the model is quantised by \(name)\(bits.map { " to \($0)" } ?? ""); \(general)\(way.map { ", or \($0)" } ?? "")"
    }
    func loading(_ configuration: String) -> String {
      "load it in transformers with quantization_config=\(configuration)(dequantize=True) and save it with save_pretrained"
    }
    switch method {
    case "bitsandbytes", "":
      let bits =
        fields.value("load_in_4bit")?.bool == true
        ? "4 bits" : fields.value("load_in_8bit")?.bool == true ? "8 bits" : nil
      guard method == "bitsandbytes" || bits != nil else { return "has a quantization_config: \(general)" }
      return quantised(
        "bitsandbytes", bits, "load it in transformers, call dequantize() on it and save it with save_pretrained")
    case "gptq": return quantised("GPTQ", number("bits"))
    case "awq": return quantised("AWQ", number("bits") ?? number("w_bit"))
    case "fp8", "fbgemm_fp8": return quantised("FP8", "8 bits", loading("FineGrainedFP8Config"))
    case "mxfp4": return quantised("MXFP4", "4 bits", loading("Mxfp4Config"))
    case "compressed-tensors":
      return quantised(
        "compressed-tensors", nil,
        "load it in transformers with quantization_config=CompressedTensorsConfig(run_compressed=False) and save it")
    default: return quantised(OneLine.name(method), number("bits"))
    }
  }
}
