import Terminal

/// Moving in lists, forms and texts.
enum ListBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.list, [.character("j"), .down], "next row", .move(1)),
    KeyBinding(.list, [.character("k"), .up], "previous row", .move(-1)),
    KeyBinding(.list, [.character("g"), .home], "first row", .first),
    KeyBinding(.list, [.character("G"), .end], "last row", .last),
    KeyBinding(.list, [.control("f"), .pageDown], "page down", .page(1)),
    KeyBinding(.list, [.control("b"), .pageUp], "page up", .page(-1)),
    KeyBinding(.list, [.control("d")], "half a page down", .halfPage(1)),
    KeyBinding(.list, [.control("u")], "half a page up", .halfPage(-1)),
    KeyBinding(.form, [.character("j"), .down], "next field", .move(1)),
    KeyBinding(.form, [.character("k"), .up], "previous field", .move(-1)),
    KeyBinding(.form, [.character("l"), .right], "next choice, or field to the right", .choose(1)),
    KeyBinding(.form, [.character("h"), .left], "previous choice, or field to the left", .choose(-1)),
    KeyBinding(.form, [.character("+"), .character("=")], "step up", hint: "step", label: "+ -", .step(1)),
    KeyBinding(.form, [.character("-")], "step down", .step(-1)),
    KeyBinding(.form, [.backspace], "back to the default", hint: "default", .resetField),
    KeyBinding(.form, [.enter], "edit, or open the choices", hint: "edit", .edit),
    KeyBinding(.setup, [.character("v")], "view examples as the model sees them", hint: "examples", .previewData) {
      $0.snapshot.model == nil || $0.snapshot.data == nil ? "a model and data have to be chosen first" : nil
    },
    KeyBinding(.scroll, [.character("j"), .down], "scroll down", .scroll(1)),
    KeyBinding(.scroll, [.character("k"), .up], "scroll up", .scroll(-1)),
    KeyBinding(.scroll, [.character("l"), .right], "next column", .columns(1)),
    KeyBinding(.scroll, [.character("h"), .left], "previous column", .columns(-1)),
  ]
}
