import Recipe
import Text

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
