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

  /// The seven layers of a block that fuses nothing.
  public static let split: [LinearModule] = [.qProj, .kProj, .vProj, .oProj, .gateProj, .upProj, .downProj]

  /// Position in canonical order, 0 to 8.
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
    }
  }
}
