import Engine
import Foundation
import Messages
import Recipe
import Testing

/// A file of sums that has enough of them to decide by, beside a tiny model, for the tests of searches.
struct SearchStudy {
  let tiny: TinyStudy
  let data: DataReference
  /// What `data` is read from.
  let file: URL

  init(lines: Int = 240) throws {
    tiny = try TinyStudy()
    file = tiny.folder.appending(path: "many.jsonl")
    let records = (0..<lines).map { "{\"prompt\": \"\($0 % 97) + \($0 / 97) = \", \"completion\": \"\($0)\"}" }
    try Data(records.joined(separator: "\n").utf8).write(to: file)
    data = .file(path: file.path, evaluation: .none)
  }

  /// A search with heats at steps 4, 7 and 12, each scored on 72 examples.
  func request(
    _ sets: [Targets] = [.oProj, .fc2], rates: [Double] = [1e-2], seeds: [UInt64] = [0],
    change: (inout SearchRequest) -> Void = { _ in }
  ) -> SearchRequest {
    var settings = tiny.plan().settings
    settings.tuningShare = 0.3
    settings.maxNewTokens = 3
    settings.measureLatency = false
    var request = SearchRequest(
      model: tiny.model, data: data, settings: settings, combinations: sets, rates: rates, seeds: seeds)
    change(&request)
    return request
  }

  /// Gives the model weights that are finite and so large that what is computed with them is not.
  func spoilBase() throws {
    let file = tiny.modelFolder.appending(path: "model.safetensors")
    var bytes = try Data(contentsOf: file)
    let huge = withUnsafeBytes(of: Float(1e38).bitPattern.littleEndian) { Data($0) }
    for place in stride(from: bytes.count - 256, to: bytes.count, by: 4) {
      bytes.replaceSubrange(place..<place + 4, with: huge)
    }
    try bytes.write(to: file)
  }

  /// Lets a run come to its gate, copies the store as a kill would leave it then, and opens the gate.
  ///
  /// - Parameter heats: that the search has begun by then; nil where none is under way.
  /// - Returns: the copy.
  func storeOfKill(at gate: StepGate, heats: Int?, _ bus: MessageBus) async throws -> URL {
    _ = try await gate.arrival()
    if let heats { try await bus.hasBegun(heats: heats) }
    await bus.flush()
    defer { gate.open() }
    return try tiny.copyOfStore()
  }
}

/// Starts an engine, and ends it as a person does who saves and quits. A test that fails leaves its engine: a run that is held would keep
/// the end waiting.
func withEngine<Value>(
  _ options: EngineOptions, _ body: (MessageBus, Engine) async throws -> Value
) async throws -> Value {
  let bus = MessageBus()
  let engine = try await Engine(options: options, bus: bus)
  let value = try await body(bus, engine)
  await engine.shutdown(.save)
  return value
}

extension EngineOptions {
  /// Holds runs before one of their steps, beside what holds them already.
  ///
  /// - Parameter run: nil for any.
  mutating func gate(before step: Int, of run: RunID? = nil) -> StepGate {
    let gate = StepGate(before: step, of: run)
    beforeStep = { [earlier = beforeStep] run, step in
      earlier?(run, step)
      gate.hold(run, before: step)
    }
    return gate
  }
}

extension MessageBus {
  /// The search once it has its answer and its own runs have ended; a pause that was not waited for ends the wait too.
  func answered(_ id: SearchID = 1) async throws -> SearchSummary {
    let snapshot = try await first { snapshot in
      guard let search = snapshot.searches.first(where: { $0.id == id }) else { return false }
      let own = snapshot.runs.filter { $0.search == id }
      return search.status == .paused || search.status.isOver && own.allSatisfy(\.state.isTerminal)
    }
    let search = try #require(snapshot.searches.first { $0.id == id })
    #expect(search.status == .answered, "\(search.reason ?? "")")
    return search
  }

  /// Returns when search 1 has begun so many heats, and all runs that it wants in them are in the queue: the first of them trains before
  /// the last one is asked for, and a bracket is shown after all have been.
  func hasBegun(heats: Int) async throws {
    _ = try await first { ($0.searches.first { $0.id == 1 }?.bracket.heats.count ?? 0) >= heats }
  }
}
