/// The seven linear layers of a block, in the order in which a forward pass meets them.
public enum LinearModule: String, CaseIterable, Codable, Sendable {
  case qProj = "q_proj"
  case kProj = "k_proj"
  case vProj = "v_proj"
  case oProj = "o_proj"
  case gateProj = "gate_proj"
  case upProj = "up_proj"
  case downProj = "down_proj"

  /// Position in canonical order, 0 to 6.
  public var index: Int {
    switch self {
    case .qProj: 0
    case .kProj: 1
    case .vProj: 2
    case .oProj: 3
    case .gateProj: 4
    case .upProj: 5
    case .downProj: 6
    }
  }

  /// Output and input features of the layer's weight `[rows, columns]`.
  public func shape(in configuration: ModelConfiguration) -> (rows: Int, columns: Int) {
    let hidden = configuration.hiddenSize
    switch self {
    case .qProj: return (configuration.queryWidth, hidden)
    case .kProj, .vProj: return (configuration.kvWidth, hidden)
    case .oProj: return (hidden, configuration.queryWidth)
    case .gateProj, .upProj: return (configuration.intermediateSize, hidden)
    case .downProj: return (hidden, configuration.intermediateSize)
    }
  }

  /// The part of the block that holds it, as checkpoints name it.
  public var parentName: String {
    switch self {
    case .qProj, .kProj, .vProj, .oProj: "self_attn"
    case .gateProj, .upProj, .downProj: "mlp"
    }
  }
}
