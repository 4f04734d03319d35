import Terminal

/// Moving in lists, forms and texts.
enum ListBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.list, [.character("j"), .down], "next row", .list(.move(1))),
    KeyBinding(.list, [.character("k"), .up], "previous row", .list(.move(-1))),
    KeyBinding(.list, [.character("g"), .home], "first row", .list(.first)),
    KeyBinding(.list, [.character("G"), .end], "last row", .list(.last)),
    KeyBinding(.list, [.control("f"), .pageDown], "page down", .list(.page(1))),
    KeyBinding(.list, [.control("b"), .pageUp], "page up", .list(.page(-1))),
    KeyBinding(.list, [.control("d")], "half a page down", .list(.halfPage(1))),
    KeyBinding(.list, [.control("u")], "half a page up", .list(.halfPage(-1))),
    KeyBinding(.form, [.character("j"), .down], "next field", .list(.move(1))),
    KeyBinding(.form, [.character("k"), .up], "previous field", .list(.move(-1))),
    KeyBinding(.form, [.character("l"), .right], "next choice, or field to the right", .setup(.choose(1))),
    KeyBinding(.form, [.character("h"), .left], "previous choice, or field to the left", .setup(.choose(-1))),
    KeyBinding(.form, [.character("+"), .character("=")], "step up", hint: "step", label: "+ -", .setup(.step(1))),
    KeyBinding(.form, [.character("-")], "step down", .setup(.step(-1))),
    KeyBinding(.form, [.backspace], "back to the default", hint: "default", .setup(.resetField)),
    KeyBinding(.form, [.enter], "edit, or open the choices", hint: "edit", .setup(.edit)),
    KeyBinding(
      .setup, [.character("v")], "view examples as the model sees them", hint: "examples", .setup(.previewData)
    ) {
      $0.snapshot.model == nil || $0.snapshot.data == nil ? "a model and data have to be chosen first" : nil
    },
    KeyBinding(.scroll, [.character("j"), .down], "scroll down", .list(.scroll(1))),
    KeyBinding(.scroll, [.character("k"), .up], "scroll up", .list(.scroll(-1))),
    KeyBinding(.scroll, [.character("l"), .right], "next column", .list(.columns(1))),
    KeyBinding(.scroll, [.character("h"), .left], "previous column", .list(.columns(-1))),
  ]
}
