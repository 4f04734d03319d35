import Messages
import Recipe
import Transformer

extension Targets {
  /// The same modules and layers, by their names.
  public init(_ set: TargetSet) {
    var layers: [LinearModule: LayerSelection] = [:]
    for module in LinearModule.allCases { layers[module] = set.layers(of: module.rawValue) }
    self.init(layers: layers, vision: set.layers(of: TargetSet.visionName))
  }
}

extension TargetSet {
  public init(_ targets: Targets) {
    var layers: [String: LayerSelection] = [:]
    for module in targets.modules { layers[module.rawValue] = targets.layers(of: module) }
    if let chosen = targets.vision { layers[TargetSet.visionName] = chosen }
    self.init(layers: layers)
  }
}
