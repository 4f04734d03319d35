import Cluster
import Foundation
import Messages
import Recipe

/// Gives tasks of a study that is in its folder to the scheduler, and notes their jobs there.
struct ArraySubmission {
  let folder: ClusterFolder
  /// Instead of what the study asks for.
  var atMost: Int?
  var arraySize: Int?
  private let slurm: Slurm

  /// Of one array, where neither a person nor the scheduler says.
  static let usualSize = 1000

  init(_ folder: ClusterFolder, atMost: Int? = nil, arraySize: Int? = nil, slurm: Slurm = Slurm()) {
    (self.folder, self.atMost, self.arraySize, self.slurm) = (folder, atMost, arraySize, slurm)
  }

  private func arrays(_ study: ClusterStudy, _ tasks: [Int]) async -> [(first: Int, tasks: [Int])] {
    let size = arraySize ?? study.options.arraySize ?? Self.usualSize
    return TaskGrouping.arrays(tasks, size: min(size, await slurm.largestArray()))
  }

  /// - Returns: the jobs' numbers.
  @discardableResult
  func submit(_ study: ClusterStudy, _ tasks: [Int]) async throws -> [Int] {
    try await submit(study, await arrays(study, tasks))
  }

  /// Submits what of a study was not submitted yet. A job of this name that the queue has and the folder does not know is one whose
  /// number a kill has kept from being noted: it is noted now, and not submitted twice.
  ///
  /// - Returns: the numbers of those that were submitted.
  @discardableResult
  func complete(_ study: ClusterStudy, named name: String) async throws -> [Int] {
    let told = folder.submissions()
    var missing = await arrays(study, Array(study.tasks.indices)).filter { array in
      !told.contains { $0.tasks.contains { array.tasks.contains($0) } }
    }
    guard !missing.isEmpty else { return [] }
    for job in try await slurm.jobs(named: name) where !told.contains(where: { $0.job == job }) && !missing.isEmpty {
      try note(job, missing.removeFirst())
    }
    return try await submit(study, missing)
  }

  private func submit(_ study: ClusterStudy, _ arrays: [(first: Int, tasks: [Int])]) async throws -> [Int] {
    let atMost = atMost ?? study.options.atMost
    var submitted: [Int] = []
    for array in arrays {
      let job = try await slurm.submit(
        folder.script.path, tasks: array.tasks.map { $0 - array.first }, first: array.first, atMost: atMost,
        output: JobScript.output(in: folder.url.path), after: atMost == nil ? nil : submitted.last)
      try note(job, array)
      submitted.append(job)
    }
    return submitted
  }

  private func note(_ job: Int, _ array: (first: Int, tasks: [Int])) throws {
    try folder.add(
      ClusterSubmission(job: job, first: array.first, tasks: array.tasks, time: Date().timeIntervalSince1970))
  }
}
