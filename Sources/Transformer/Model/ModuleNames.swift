/// How a model's checkpoints, and the adapters made for it, name its linear layers.
public enum ModuleNames: String, Sendable, Codable {
  /// `model.layers.3.self_attn.q_proj`, of Llama and all who followed it.
  case llama
  /// `transformer.h.3.attn.c_attn`.
  case gpt2

  /// What stands before a block's number.
  public var blocks: String {
    switch self {
    case .llama: "model.layers"
    case .gpt2: "transformer.h"
    }
  }

  /// A layer's name within its block: `self_attn.q_proj`, `mlp.c_fc`.
  public func name(of module: LinearModule) -> String {
    switch (self, module) {
    case (.gpt2, .qkvProj): "attn.c_attn"
    case (.gpt2, .oProj): "attn.c_proj"
    case (.gpt2, .upProj): "mlp.c_fc"
    case (.gpt2, .downProj): "mlp.c_proj"
    default: "\(module.parentName).\(module.rawValue)"
    }
  }

  /// A layer's whole name, without a suffix: `model.layers.3.self_attn.q_proj`.
  public func name(of path: ModulePath) -> String { "\(blocks).\(path.layer).\(name(of: path.module))" }
}
