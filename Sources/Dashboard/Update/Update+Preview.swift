import Messages
import Recipe
import Terminal

/// The overlay that shows examples as the model will see them.
extension Update {
  mutating func preview(_ data: DataReference, isCandidate: Bool) {
    guard let model = state.snapshot.model?.reference else {
      return state.say("examples are shown as a model's tokens: choose a base model first", .warning)
    }
    var settings = state.setup.settings
    if data.file != state.setup.recommendedFor?.file {
      // What was said of one file's fields does not hold for another's.
      (settings.dataFormat, settings.promptField, settings.completionField) = (nil, nil, nil)
      (settings.imageField, settings.imageRoot) = (nil, nil)
    }
    let request = DataPreview.Request(model: model, data: data, settings: settings)
    state.preview = PreviewView(request, isCandidate: isCandidate)
    effects.append(.ask(.examplesOfData(request)))
  }

  mutating func pressInPreview(_ key: Key) {
    guard var preview = state.preview else { return }
    let samples = preview.examples?.samples.count ?? 0
    switch key {
    case .escape, .character("q"):
      state.preview = nil
      return
    case .enter:
      state.preview = nil
      guard preview.isCandidate, preview.answer.refusal == nil else { return }
      state.browser = nil
      send(.selectDataUnder(preview.request.data, preview.request.settings.keeping(.reading)))
      return
    case .character("."), .character("l"), .right, .tab:
      preview.sample = samples > 0 ? (preview.sample + 1) % samples : 0
      preview.top = 0
    case .character(","), .character("h"), .left, .backTab:
      preview.sample = samples > 0 ? (preview.sample + samples - 1) % samples : 0
      preview.top = 0
    case .character("j"), .down: preview.top += 1
    case .character("k"), .up: preview.top -= 1
    case .pageDown, .control("f"), .space: preview.top += 10
    case .pageUp, .control("b"): preview.top -= 10
    case .character("g"), .home: preview.top = 0
    case .character("t"): preview.showsTokens.toggle()
    case .character("+"), .character("="), .character("-"):
      guard preview.isCandidate, let data = preview.withShare(key == .character("-") ? -1 : 1) else { return }
      return self.preview(data, isCandidate: true)
    default: return
    }
    preview.top = min(max(0, preview.top), max(0, PreviewBox.textRows(preview, state) - 1))
    state.preview = preview
  }
}

extension DataReference {
  fileprivate var file: String? { if case .file(let path, _) = self { path } else { nil } }
}
