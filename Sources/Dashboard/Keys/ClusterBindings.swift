import Messages
import Terminal

/// The key of a cluster's study, which is there only while its folder is watched.
enum ClusterBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .global, [.character("P")], "the cluster's tasks: pause, cancel, submit again…", hint: "cluster…",
      .program(.cluster)
    ) { $0.snapshot.engine.cluster == nil ? "what is watched is no cluster's study" : nil }
  ]
}

extension Keymap {
  /// These keys with that of a cluster's study; no queue is there to be paused.
  package var watching: Keymap {
    Keymap(ClusterBindings.all + bindings.filter { $0.action != .program(.pauseQueue) })
  }
}
