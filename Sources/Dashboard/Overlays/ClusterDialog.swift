import Messages
import Recipe
import Terminal

/// How a cluster's study goes, and the orders that can be given to all of it.
enum ClusterDialog {
  /// Tasks that are named one by one.
  private static let mostTasks = 8

  static func orders(_ cluster: ClusterStatus) -> Dialog {
    var lines = [cluster.summary]
    if let round = cluster.round { lines.insert("A search, in round \(round).", at: 0) }
    for task in cluster.tasks.prefix(mostTasks) {
      lines.append("task \(task.number), \(Counted.text(task.runs, "run")): \(task.state)")
    }
    if cluster.tasks.count > mostTasks { lines.append("and \(cluster.tasks.count - mostTasks) tasks more") }
    if let reason = cluster.whyNoOrders {
      return Dialog(title: title, lines: lines + [reason], choices: [.cancel])
    }
    var choices: [Dialog.Choice] = []
    if cluster.held > 0 {
      choices.append(Dialog.Choice("c", "Continue what is paused", action: .send(.cluster(.release))))
    }
    if cluster.open > cluster.held {
      choices.append(
        Dialog.Choice(
          "p", "Pause", note: "tasks keep their checkpoints and give their nodes back", action: .send(.cluster(.hold))))
    }
    if cluster.missing > 0 {
      choices.append(
        Dialog.Choice(
          "r", "Submit again what lacks runs", note: Counted.text(cluster.missing, "task"),
          action: .send(.cluster(.resubmit))))
    }
    if cluster.open > 0 {
      choices.append(
        Dialog.Choice(
          "x", "Cancel all tasks", note: "their checkpoints stay", action: .send(.cluster(.cancel)), isDangerous: true))
    }
    choices.append(.cancel)
    return Dialog(title: title, lines: lines, choices: choices, focused: choices.count - 1)
  }

  private static let title = "The cluster's tasks"

  static func brief(_ cluster: ClusterStatus) -> String {
    let place = cluster.round.map { "round \($0): " } ?? ""
    let tasks = cluster.open == 0 ? "no task" : Counted.text(cluster.open, "task")
    return "\(place)\(cluster.done)/\(cluster.runs) runs, \(tasks)"
      + (cluster.held > 0 ? ", \(cluster.held) paused" : "")
  }

  static func style(_ cluster: ClusterStatus) -> Style {
    cluster.held > 0 || cluster.missing > 0 ? Style(.warn) : Style(.live)
  }

  static func sentence(_ order: ClusterOrder) -> String {
    switch order {
    case .hold: "the cluster's tasks are paused: P goes on"
    case .release: "the cluster's tasks go on"
    case .cancel: "the cluster's tasks end; P submits them again"
    case .resubmit: "what lacked runs is in the cluster's queue again"
    }
  }
}
