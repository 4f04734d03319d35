/// How a model's checkpoints, and the adapters made for it, name its linear layers.
public enum ModuleNames: String, Sendable, Codable {
  /// `model.layers.3.self_attn.q_proj`, of Llama and all who followed it.
  case llama
  /// `transformer.h.3.attn.c_attn`.
  case gpt2
  /// `model.text_model.layers.3.self_attn.q_proj`, of the decoder of a base that sees.
  case smolvlm
  /// `model.vision_model.encoder.layers.3.self_attn.out_proj`, of its tower.
  case siglip

  /// What all names of this part of a model begin with.
  public var prefix: String {
    switch self {
    case .llama: "model."
    case .gpt2: "transformer."
    case .smolvlm: "model.text_model."
    case .siglip: "model.vision_model."
    }
  }

  /// What stands before a block's number.
  public var blocks: String {
    switch self {
    case .llama, .smolvlm: "\(prefix)layers"
    case .gpt2: "\(prefix)h"
    case .siglip: "\(prefix)encoder.layers"
    }
  }

  /// A layer's name within its block: `self_attn.q_proj`, `mlp.c_fc`.
  public func name(of module: LinearModule) -> String {
    switch (self, module) {
    case (.gpt2, .qkvProj): "attn.c_attn"
    case (.gpt2, .oProj): "attn.c_proj"
    case (.gpt2, .upProj): "mlp.c_fc"
    case (.gpt2, .downProj): "mlp.c_proj"
    case (.siglip, .oProj): "self_attn.out_proj"
    case (.siglip, .upProj): "mlp.fc1"
    case (.siglip, .downProj): "mlp.fc2"
    default: "\(module.parentName).\(module.rawValue)"
    }
  }

  /// A layer's whole name, without a suffix: `model.layers.3.self_attn.q_proj`.
  public func name(of path: ModulePath) -> String { "\(blocks).\(path.layer).\(name(of: path.module))" }
}
