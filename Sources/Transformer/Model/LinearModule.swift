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

  /// Chooses the layer's own sequence of random numbers, 0 to 6; a fused layer has that of its first part.
  package var stream: UInt64 {
    switch self {
    case .qProj, .qkvProj: 0
    case .kProj: 1
    case .vProj: 2
    case .oProj: 3
    case .gateProj, .gateUpProj: 4
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
    case .qkvProj: return (configuration.queryWidth + 2 * configuration.kvWidth, hidden)
    case .oProj: return (hidden, configuration.queryWidth)
    case .gateProj, .upProj: return (configuration.intermediateSize, hidden)
    case .gateUpProj: return (2 * configuration.intermediateSize, hidden)
    case .downProj: return (hidden, configuration.intermediateSize)
    }
  }

  /// Where its output begins in the matrix that it shares with others of the same input.
  func start(in configuration: ModelConfiguration) -> Int {
    switch self {
    case .kProj: configuration.queryWidth
    case .vProj: configuration.queryWidth + configuration.kvWidth
    case .upProj: configuration.activationInputs - configuration.intermediateSize
    case .qProj, .qkvProj, .oProj, .gateProj, .gateUpProj, .downProj: 0
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
