import Foundation
import Messages
import Recipe

extension DashboardState {
  /// Layers of the model, or of its vision tower where the row is that; nil without a model.
  package func layerCount(of set: Targets) -> Int? {
    set.isDisjoint(with: .vision) ? snapshot.model?.layers : snapshot.model?.visionLayers
  }
}

/// The layers of the checklist's rows, as text and back.
extension Setup {
  /// The layers of a row's projections where they are restricted alike; nil where nothing is, or each has its own.
  package func layersText(of set: Targets) -> String? {
    let layers = targets.layers(of: set)
    guard layers.count == 1, let layers = layers.first ?? nil, layers != .every else { return nil }
    return layers.description
  }

  /// Switches a row on in the typed layers; an empty text means all of them.
  /// - Parameter count: the layers of the model, or of its vision tower where the row is that, where they are known.
  /// - Returns: what is wrong with the text, one line, or nil when it was taken.
  package mutating func setLayers(_ text: String, of set: Targets, count: Int?) -> String? {
    let text = text.trimmed
    if text.isEmpty {
      targets.setLayers(.every, of: set)
      return nil
    }
    do {
      let layers = try LayerSelection(parsing: text)
      if let count, let problem = layers.problem(in: count) { return problem }
      targets.setLayers(layers, of: set)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
