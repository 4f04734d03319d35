import Terminal

/// Keys of the module checklist and the parameter bars.
enum SetupBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.modules, [.space], "switch the row on or off", hint: "toggle", .setup(.toggleModule)),
    KeyBinding(
      .modules, [.character("l"), .right, .enter], "unfold into single projections", hint: "unfold", .setup(.unfold)),
    KeyBinding(.modules, [.character("h"), .left], "fold", .setup(.fold)),
    KeyBinding(
      .modules, [.character("@")], "layers of the row: 0-11, 20-, last:4…", hint: "layers…", .setup(.editLayers)
    ) { $0.snapshot.model == nil ? "no model is chosen: 1 goes to Setup" : nil },
    KeyBinding(.modules, [.character("a")], "all or none", hint: "all/none", .setup(.allModules)),
    KeyBinding(.parameters, [.enter, .space], "choose this set in Modules", hint: "choose this set", .setup(.useSet)),
  ]
}
