import Foundation
import Messages
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the folder of a search is for: what is asked, and all that decides it beside the results of its runs. Written once, before anything
/// is queued.
package struct ClusterSearch: Hashable, Codable, Sendable {
  package static let kind = "lorascope cluster search"
  package static let present = 1

  /// One race: on one data set.
  package struct Race: Hashable, Codable, Sendable {
    package var request: SearchRequest
    /// After the look at the base.
    package var plan: SearchPlan
    /// Of a whole run, estimated where it was submitted; nil where nothing is known.
    package var secondsOfRun: Double?
    package var secondsPromised: Double?

    package init(request: SearchRequest, plan: SearchPlan, secondsOfRun: Double?, secondsPromised: Double?) {
      (self.request, self.plan) = (request, plan)
      (self.secondsOfRun, self.secondsPromised) = (secondsOfRun, secondsPromised)
    }
  }

  package var search = Self.kind
  package var version = Self.present
  package var engine: String
  package var host: String
  /// Seconds since 1970; by it a store knows the search again.
  package var created: Double
  /// The base, for which ranks are matched.
  package var model: ModelSummary
  /// What the answers name is seen against the base.
  package var evaluatesBase: Bool
  package var options: ClusterOptions
  /// That a task takes at least.
  package var leastSeconds: Double
  package var races: [Race]

  package init(
    engine: String, host: String, created: Double, model: ModelSummary, evaluatesBase: Bool, options: ClusterOptions,
    leastSeconds: Double, races: [Race]
  ) {
    (self.engine, self.host, self.created, self.model) = (engine, host, created, model)
    (self.evaluatesBase, self.options, self.leastSeconds, self.races) = (evaluatesBase, options, leastSeconds, races)
  }

  /// What the queue calls the jobs of a round: another name for each search, by which a job is found again whose number a kill has
  /// kept from being written down.
  package func jobName(round: Int) -> String {
    "lorascope-\(String(created.bitPattern & 0xFFFF_FFFF_FFFF, radix: 36))-\(round)"
  }
}

/// A folder that holds a search: `search.json`, and a cluster folder for each of its rounds.
package struct ClusterSearchFolder: Hashable, Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  private var file: URL { url.appending(path: "search.json") }
  private var all: URL { url.appending(path: "rounds", directoryHint: .isDirectory) }

  package var isOne: Bool { FileManager.default.fileExists(atPath: file.path) }

  /// A round's folder, which may not be there.
  package func round(_ number: Int) -> ClusterFolder {
    let digits = String(number)
    let name = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return ClusterFolder(all.appending(path: name, directoryHint: .isDirectory))
  }

  /// Those that are there, from the first.
  package var rounds: [ClusterFolder] {
    var found: [ClusterFolder] = []
    while round(found.count + 1).isOne { found.append(round(found.count + 1)) }
    return found
  }

  package func make() throws(Refusal) {
    do { try FileManager.default.createDirectory(at: all, withIntermediateDirectories: true) } catch {
      throw Refusal(
        "cannot create the folder \(OneLine.text(all.path)): \(error.localizedDescription); name another with --folder",
        exitStatus: 73)
    }
  }

  package func write(_ search: ClusterSearch) throws(Refusal) { try ClusterFolder.write(search, to: file) }

  /// - Throws: `Refusal` for a folder without a search, and for one that is damaged or of a later version.
  package func read() throws(Refusal) -> ClusterSearch {
    guard let data = try? Data(contentsOf: file) else {
      throw Refusal("\(OneLine.text(url.path)) holds no search: it has no search.json", exitStatus: 66)
    }
    struct Kind: Decodable {
      var search: String
      var version: Int
    }
    guard let kind = try? JSONDecoder().decode(Kind.self, from: data), kind.search == ClusterSearch.kind else {
      throw Refusal("\(OneLine.text(file.path)) is no cluster's search: name another --folder", exitStatus: 65)
    }
    guard kind.version <= ClusterSearch.present else {
      throw Refusal(
        "\(OneLine.text(file.path)) is of version \(kind.version), and this lorascope reads up to \(ClusterSearch.present): "
          + "update this one", exitStatus: 65)
    }
    guard let search = try? JSONDecoder().decode(ClusterSearch.self, from: data), !search.races.isEmpty else {
      throw Refusal(
        "\(OneLine.text(file.path)) is damaged: submit the search again into another folder", exitStatus: 65)
    }
    return search
  }

  /// Puts a whole round where all can find it, in one step.
  ///
  /// - Parameter script: of its jobs, by the folder's final path.
  /// - Returns: the folder; that of another who was first, where there is one.
  package func add(_ study: ClusterStudy, round number: Int, script: (ClusterFolder) -> JobScript) throws(Refusal)
    -> ClusterFolder
  {
    let place = round(number)
    let staged = ClusterFolder(all.appending(path: ".\(UUID().uuidString)", directoryHint: .isDirectory))
    defer { try? FileManager.default.removeItem(at: staged.url) }
    try staged.make()
    try staged.write(script: script(place).text)
    try staged.write(study)
    // A folder that is there and not empty is not replaced.
    guard rename(staged.url.path, place.url.path) == 0 || place.isOne else {
      throw Refusal(
        "cannot write \(OneLine.text(place.url.path)): \(String(cString: strerror(errno)))", exitStatus: 73)
    }
    return place
  }

  /// A log's path from here; what a later round goes on with.
  package func path(of log: URL) -> String? {
    let base = url.standardizedFileURL.path + "/"
    let path = log.standardizedFileURL.path
    return path.hasPrefix(base) ? String(path.dropFirst(base.count)) : nil
  }
}
