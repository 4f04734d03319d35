import Foundation
import Fuzzing
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

/// Logs as a broken copy, two writers at once, or another program may leave them.
@Suite struct RunLogFuzzTests {
  private static let rounds = 120

  /// Either a refusal of one line with its file, and the store as it was; or runs that can be read and whose steps are the source's.
  @Test func anImportIsRightOrRefused() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    let log = try #require(try await study.export([1]).first)
    let original = [UInt8](try Data(contentsOf: log))
    var (refused, taken) = (0, 0)
    for round in 0..<Self.rounds {
      var mutation = Mutation(seed: UInt64(round), kind: 19)
      let damaged = Self.damaged(original, &mutation)
      try Data(damaged).write(to: log)
      let url = study.folder.appending(path: "round-\(round)/store.sqlite")
      let store = try RunStore(at: url, mode: .engine)
      do {
        let outcome = try await store.importLogs([study.logs])
        taken += 1
        #expect(outcome.added == [1])
        let (runs, unreadable) = try await store.readableRuns()
        #expect(unreadable.isEmpty && runs.count == 1)
        // Bytes that change may make another number of a number: what stays is a run, whose steps rise and can be read.
        for run in runs {
          #expect(run.losses.values(0..<run.losses.count).count == run.losses.count)
          #expect(run.state.isTerminal || run.state == .paused)
        }
        _ = try await store.examples(of: 1)
        // It is the same run the second time.
        #expect(try await store.importLogs([study.logs]).added.isEmpty)
      } catch let error as StoreError {
        refused += 1
        let line = error.description
        #expect(line.hasPrefix(log.path + ":") && !line.contains("\n"), "round \(round): \(line)")
        #expect(try await store.readableRuns().runs.isEmpty, "round \(round)")
        #expect(StoredContent.files(of: store.folder).isEmpty, "round \(round)")
      }
      try store.close()
      try FileManager.default.removeItem(at: url.deletingLastPathComponent())
    }
    // The rounds reach both.
    #expect(refused > 10 && taken > 10, "\(refused) refused, \(taken) taken")
  }

  /// Lines torn, moved, repeated, of others, or with other bytes.
  private static func damaged(_ original: [UInt8], _ mutation: inout Mutation) -> [UInt8] {
    var lines = original.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    let foreign = [
      "{}", "null", "[1]", "not json", #"{"step":{"step":3}}"#, #"{"end":{"state":"done"}}"#, #"{"rewound":2}"#,
      #"{"file":{"kind":"adapter","name":"../../x","bytes":1,"hash":""}}"#, #"{"prompt":"a","completion":"b"}"#,
      #"{"checkpoint":9223372036854775807}"#, #"{"rewound":-9223372036854775808}"#,
      #"{"step":{"step":9223372036854775807,"loss":1,"gradientNorm":1,"learningRate":1,"tokens":1,"seconds":1}}"#,
    ]
    switch mutation.below(6) {
    case 0: return Array(original.prefix(mutation.below(original.count)))
    case 1:
      let (a, b) = (mutation.below(lines.count), mutation.below(lines.count))
      lines.swapAt(a, b)
    case 2:
      let line = lines[mutation.below(lines.count)]
      lines.insert(line, at: mutation.below(lines.count))
    case 3: lines.insert(Array(foreign[mutation.below(foreign.count)].utf8), at: mutation.below(lines.count))
    case 4: lines.remove(at: mutation.below(lines.count))
    default: return mutation.bytes(original)
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}
