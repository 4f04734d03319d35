/// One linear layer of one block, of the decoder or of the vision tower.
public struct ModulePath: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  public var layer: Int
  public var module: LinearModule
  /// The block is one of the vision tower's, whose `out_proj`, `fc1` and `fc2` are `oProj`, `upProj` and `downProj` here.
  public var isVision: Bool {
    get { vision ?? false }
    set { vision = newValue ? true : nil }
  }
  /// Absent in the decoder, as in what earlier versions stored.
  private var vision: Bool?

  public init(layer: Int, module: LinearModule, isVision: Bool = false) {
    self.layer = layer
    self.module = module
    vision = isVision ? true : nil
  }

  /// The decoder's first; by layer, then by the order in which a forward pass meets the modules.
  public static func < (left: ModulePath, right: ModulePath) -> Bool {
    (left.isVision ? 1 : 0, left.layer, left.module.index) < (right.isVision ? 1 : 0, right.layer, right.module.index)
  }

  /// The name that checkpoints use, without a suffix: `model.layers.3.self_attn.q_proj`. A model's own names are
  /// `ModelConfiguration.name(of:)`'s.
  public var description: String { (isVision ? ModuleNames.siglip : .llama).name(of: self) }
}
