import Terminal

/// Keys of the module checklist and the parameter bars.
enum SetupBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.modules, [.space], "switch the row on or off", hint: "toggle", .toggleModule),
    KeyBinding(.modules, [.character("l"), .right, .enter], "unfold into single projections", hint: "unfold", .unfold),
    KeyBinding(.modules, [.character("h"), .left], "fold", .fold),
    KeyBinding(
      .modules, [.character("@")], "layers of the row: 0-11, 20-, last:4…", hint: "layers…", .editLayers
    ) { $0.snapshot.model == nil ? "no model is chosen: 1 goes to Setup" : nil },
    KeyBinding(.modules, [.character("a")], "all or none", hint: "all/none", .allModules),
    KeyBinding(.parameters, [.enter, .space], "choose this set in Modules", hint: "choose this set", .useSet),
  ]
}
