import ArgumentParser
import Messages
import Recipe

/// What a person writes on runs: the same again changes nothing.
enum RunsLabel {
  static func change(_ change: RunLabelChange, of run: RunID, store: StoreFlags, json: JSONFlag) async throws {
    let session = try await StudySession.open(store: store.url, mustExist: true)
    try await session.require([run])
    let runs = try await session.queue(.label([run], change))
    let labels = await session.bus.currentSnapshot().run(run)?.labels ?? RunLabels()
    await session.close()
    if json.json { return try JSONOutput.print(Report(run: run, labels: labels)) }
    print(change.sentence(runs))
  }

  /// What is written on a run now.
  private struct Report: Encodable {
    let run: RunID
    let labels: RunLabels

    func encode(to encoder: any Encoder) throws {
      var object = encoder.container(keyedBy: JSONOutput.Key.self)
      try object.encode(run, forKey: JSONOutput.Key("run"))
      try labels.put(into: &object)
    }
  }

  struct Tag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put tags on a run, or take them off.",
      discussion: "A tag is one word; `runs list --filter tag:x` finds it.")
    @Argument(help: "The run's number.") var run: RunID
    @Argument(help: "The tags.") var tags: [String]
    @Flag(help: "Take them off.") var remove = false
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func validate() throws {
      if tags.isEmpty { throw ValidationError("name the tags: lorascope runs tag 12 good") }
    }

    func run() async throws {
      try await RunsLabel.change(remove ? .removeTags(tags) : .addTags(tags), of: run, store: store, json: json)
    }
  }

  struct Note: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write a note on a run, in the place of the one it has.")
    @Argument(help: "The run's number.") var run: RunID
    @Argument(help: "The note; an empty one takes it away.") var text: String
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws { try await RunsLabel.change(.note(text), of: run, store: store, json: json) }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a run a name; its number stays.")
    @Argument(help: "The run's number.") var run: RunID
    @Argument(help: "The name; an empty one takes it away.") var name: String
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws { try await RunsLabel.change(.name(name), of: run, store: store, json: json) }
  }

  struct Pin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Keep a run above all others in the dashboard's table.")
    @Argument(help: "The run's number.") var run: RunID
    @Flag(help: "Let it stand among the others again.") var off = false
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws { try await RunsLabel.change(.pin(!off), of: run, store: store, json: json) }
  }
}

extension RunLabels {
  /// As `--json` prints them.
  func put(into object: inout KeyedEncodingContainer<JSONOutput.Key>) throws {
    try object.encode(name, forKey: JSONOutput.Key("name"))
    try object.encode(note, forKey: JSONOutput.Key("note"))
    try object.encode(tags, forKey: JSONOutput.Key("tags"))
    try object.encode(isPinned, forKey: JSONOutput.Key("pinned"))
  }

  /// Name and tags in a cell of a table: `best [good final] pinned`.
  var cell: String {
    let tags = tags.isEmpty ? nil : "[\(tags.joined(separator: " "))]"
    return [name, tags, isPinned ? "pinned" : nil].compactMap { $0 }.joined(separator: " ")
  }
}
