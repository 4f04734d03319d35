/// One linear layer of one block.
public struct ModulePath: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  public var layer: Int
  public var module: LinearModule

  public init(layer: Int, module: LinearModule) {
    self.layer = layer
    self.module = module
  }

  /// By layer, then by the order in which a forward pass meets the modules.
  public static func < (left: ModulePath, right: ModulePath) -> Bool {
    (left.layer, left.module.index) < (right.layer, right.module.index)
  }

  /// The name that checkpoints use, without a suffix: `model.layers.3.self_attn.q_proj`.
  public var description: String { "model.layers.\(layer).\(module.parentName).\(module.rawValue)" }
}
