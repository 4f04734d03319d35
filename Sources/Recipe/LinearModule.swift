/// The kinds of linear layers that a block may have, in the order in which a forward pass meets them.
///
/// A model has a query, key and value projection each or one fused `qkv_proj`, and a gate and an up projection each, one
/// fused `gate_up_proj`, or an up projection alone where the feed-forward layer is not gated:
/// `ModelConfiguration.modules` says which.
public enum LinearModule: String, CaseIterable, Codable, Sendable {
  case qProj = "q_proj"
  case kProj = "k_proj"
  case vProj = "v_proj"
  /// Rows of q, then k, then v.
  case qkvProj = "qkv_proj"
  case oProj = "o_proj"
  case gateProj = "gate_proj"
  case upProj = "up_proj"
  /// Rows of gate, then up.
  case gateUpProj = "gate_up_proj"
  case downProj = "down_proj"
  /// Of a short convolution: rows of the gate of what goes in, of the gate of what comes out, and of what is convolved.
  case convInProj = "conv.in_proj"
  case convOutProj = "conv.out_proj"
  /// Of linear attention: queries, keys and values; what gates the output; each head's rate of learning and of forgetting; what leads out.
  case linearQKVProj = "linear_attn.in_proj_qkv"
  case linearZProj = "linear_attn.in_proj_z"
  case linearBProj = "linear_attn.in_proj_b"
  case linearAProj = "linear_attn.in_proj_a"
  case linearOutProj = "linear_attn.out_proj"

  /// The seven layers of an attending block that fuses nothing.
  public static let split: [LinearModule] = [.qProj, .kProj, .vProj, .oProj, .gateProj, .upProj, .downProj]

  /// Position in canonical order, 0 to 15.
  public var index: Int {
    switch self {
    case .qProj: 0
    case .kProj: 1
    case .vProj: 2
    case .qkvProj: 3
    case .oProj: 4
    case .gateProj: 5
    case .upProj: 6
    case .gateUpProj: 7
    case .downProj: 8
    case .convInProj: 9
    case .convOutProj: 10
    case .linearQKVProj: 11
    case .linearZProj: 12
    case .linearBProj: 13
    case .linearAProj: 14
    case .linearOutProj: 15
    }
  }

  /// The layers of a block that fuses nothing which this one does the work of.
  public var parts: [LinearModule] {
    switch self {
    case .qkvProj: [.qProj, .kProj, .vProj]
    case .gateUpProj: [.gateProj, .upProj]
    default: [self]
    }
  }

  /// The part of the block that holds it, as Llama's checkpoints name it.
  public var parentName: String {
    switch self {
    case .qProj, .kProj, .vProj, .qkvProj, .oProj: "self_attn"
    case .gateProj, .upProj, .gateUpProj, .downProj: "mlp"
    case .convInProj, .convOutProj: "conv"
    case .linearQKVProj, .linearZProj, .linearBProj, .linearAProj, .linearOutProj: "linear_attn"
    }
  }
}

/// The groups of modules that studies combine. Which of them a base has follows from its linear layers:
/// `ModelLinears.groups`.
public enum TargetGroup: String, CaseIterable, Codable, Sendable {
  case qkv
  case oProj = "o_proj"
  case fc1
  case fc2
  /// The projections into and out of short convolutions.
  case conv
  /// The projections into and out of linear attention.
  case linear

  /// The four of the article, which every base of attention and feed-forward layers has.
  public static let article: [TargetGroup] = [.qkv, .oProj, .fc1, .fc2]

  public var modules: [LinearModule] {
    switch self {
    case .qkv: [.qProj, .kProj, .vProj]
    case .oProj: [.oProj]
    case .fc1: [.gateProj, .upProj]
    case .fc2: [.downProj]
    case .conv: [.convInProj, .convOutProj]
    case .linear: [.linearQKVProj, .linearZProj, .linearBProj, .linearAProj, .linearOutProj]
    }
  }

  /// Other names that users know the group by. `gate_down_proj` is the article's name for `down_proj`.
  public var aliases: [String] {
    switch self {
    case .qkv: ["qkv_proj"]
    case .oProj: []
    case .fc1: ["gate_up_proj"]
    case .fc2: ["gate_down_proj"]
    case .conv, .linear: []
    }
  }

  /// The group's value in the code of a combination: qkv 1, o_proj 2, fc1 4, fc2 8, conv 16, linear 32.
  public var bit: Int {
    switch self {
    case .qkv: 1
    case .oProj: 2
    case .fc1: 4
    case .fc2: 8
    case .conv: 16
    case .linear: 32
    }
  }

  /// The letter that stands for the group in the cells.
  public var cell: Character {
    switch self {
    case .qkv: "Q"
    case .oProj: "O"
    case .fc1: "1"
    case .fc2: "2"
    case .conv: "C"
    case .linear: "L"
    }
  }

  public var set: Targets {
    switch self {
    case .qkv: .qkv
    case .oProj: .oProj
    case .fc1: .fc1
    case .fc2: .fc2
    case .conv: .conv
    case .linear: .linear
    }
  }
}

/// How a model's checkpoints, and the adapters made for it, name its linear layers.
public enum ModuleNames: String, Sendable, Codable {
  /// `model.layers.3.self_attn.q_proj`, of Llama and all who followed it.
  case llama
  /// `transformer.h.3.attn.c_attn`.
  case gpt2
  /// `model.text_model.layers.3.self_attn.q_proj`, of the decoder of a base that sees.
  case smolvlm
  /// `model.layers.3.shared_mlp.input_linear`, of Granite 4.
  case graniteHybrid = "granitemoehybrid"
  /// `model.layers.3.feed_forward.w1`, `model.layers.3.conv.in_proj`, of LFM2.
  case lfm2
  /// `model.language_model.layers.3.self_attn.q_proj`, of the decoder of a Qwen 3.5 that sees.
  case qwen35 = "qwen3_5"
  /// `model.vision_model.encoder.layers.3.self_attn.out_proj`, of its tower.
  case siglip

  /// What all names of this part of a model begin with.
  public var prefix: String {
    switch self {
    case .llama, .graniteHybrid, .lfm2: "model."
    case .gpt2: "transformer."
    case .smolvlm: "model.text_model."
    case .qwen35: "model.language_model."
    case .siglip: "model.vision_model."
    }
  }

  /// What stands before a block's number.
  public var blocks: String {
    switch self {
    case .llama, .graniteHybrid, .lfm2, .smolvlm, .qwen35: "\(prefix)layers"
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
    case (.graniteHybrid, .gateUpProj): "shared_mlp.input_linear"
    case (.graniteHybrid, .downProj): "shared_mlp.output_linear"
    case (.lfm2, .gateProj): "feed_forward.w1"
    case (.lfm2, .upProj): "feed_forward.w3"
    case (.lfm2, .downProj): "feed_forward.w2"
    case (.siglip, .oProj), (.lfm2, .oProj): "self_attn.out_proj"
    case (.siglip, .upProj): "mlp.fc1"
    case (.siglip, .downProj): "mlp.fc2"
    case (_, .convInProj), (_, .convOutProj), (_, .linearQKVProj), (_, .linearZProj), (_, .linearBProj),
      (_, .linearAProj), (_, .linearOutProj):
      module.rawValue
    default: "\(module.parentName).\(module.rawValue)"
    }
  }

  /// A layer's whole name, without a suffix: `model.layers.3.self_attn.q_proj`.
  public func name(of path: ModulePath) -> String { "\(blocks).\(path.layer).\(name(of: path.module))" }
}
