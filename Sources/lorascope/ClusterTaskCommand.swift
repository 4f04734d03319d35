import ArgumentParser
import Cluster
import Engine
import Foundation
import Messages
import Recipe
import RunStore

/// What the job script calls on a node.
struct ClusterTaskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster-task",
    abstract: "Train one task's runs of a study on a cluster: what its job script calls.",
    discussion: """
      The runs' store lies in the node's own temporary folder; logs, adapters and checkpoints go into the cluster folder, from which \
      another node goes on. A run that is finished there is not run again.
      """)

  @Argument(help: "The cluster folder.") var folder: String
  @Argument(help: "The task's number in the study.") var task: Int

  func run() async throws {
    StandardStreams.finishFirst()
    let place = ClusterFolder(URL(filePath: Paths.absolute(folder), directoryHint: .isDirectory))
    let study = try place.readStudy()
    guard study.tasks.indices.contains(task) else {
      throw CommandError("the study has tasks 0 to \(study.tasks.count - 1), and not \(task)", status: 64)
    }
    try await ClusterTask(place, study, task).run()
  }
}
