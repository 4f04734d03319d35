import Foundation
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

/// What contradicts, is missing or leads elsewhere is refused whole, with file and line; the store is as it was.
@Suite struct RunLogRefusalTests {
  /// Two good logs and one that is changed.
  private func expectRefusal(
    _ reason: StoreError.Reason, _ text: String, line: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (LogStudy, URL) throws -> Void
  ) async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export([3])
    try await study.take()
    let logs = try await study.export()
    let before = try await StoredContent.text(of: study.target)
    let files = StoredContent.files(of: StoreFolder(database: study.target))
    try change(study, logs[1])
    let refusal = try #require(try await study.refusal(), sourceLocation: sourceLocation)
    #expect(
      refusal.reason == reason && refusal.description.contains(text), "\(refusal)", sourceLocation: sourceLocation)
    if let line {
      #expect(refusal.description.hasPrefix("\(logs[1].path):\(line): "), "\(refusal)", sourceLocation: sourceLocation)
    }
    #expect(!refusal.description.contains("\n"), sourceLocation: sourceLocation)
    #expect(try await StoredContent.text(of: study.target) == before, sourceLocation: sourceLocation)
    #expect(StoredContent.files(of: StoreFolder(database: study.target)) == files, sourceLocation: sourceLocation)
    // And the next run has the next number.
    let store = try RunStore(at: study.target, mode: .engine)
    #expect(try await store.insert(study.plan(seed: 50), created: 1) == 2, sourceLocation: sourceLocation)
    #expect(store.unknownRuns.isEmpty, sourceLocation: sourceLocation)
    try store.close()
  }

  @Test func ofAnotherBase() async throws {
    try await expectRefusal(.unreadable, "the same plan has another base in this store", line: 1) { study, log in
      // As a new run, and one that was prepared on it.
      try study.edit(log) { $0.replacing("f00d", with: "beef") }
    }
    // Where only the preparation says it.
    try await expectRefusal(.unreadable, "the same plan has another base in this store", line: 1) { study, log in
      try study.edit(log) { $0.replacing(#""base":"f00d","#, with: "").replacing("f00d", with: "beef") }
    }
    try await expectRefusal(.unreadable, "prepared on another base than its first line says", line: 2) { study, log in
      try study.edit(log) { $0.replacing(#""baseFingerprint":"f00d""#, with: #""baseFingerprint":"beef""#) }
    }
  }

  @Test func stepsOutOfOrder() async throws {
    try await expectRefusal(.unreadable, "differs") { study, log in
      try study.edit(log) { text in
        var lines = text.split(separator: "\n").map(String.init)
        lines.insert(lines[5].replacing(#""tokens":"#, with: #""tokens":1"#), at: 8)
        return lines.joined(separator: "\n") + "\n"
      }
    }
    try await expectRefusal(.unreadable, "out of order") { study, log in
      try study.edit(log) { text in
        var lines = text.split(separator: "\n").map(String.init)
        lines.swapAt(4, 6)
        return lines.joined(separator: "\n") + "\n"
      }
    }
  }

  /// Counts that no machine has would end the program where they are added up or drawn.
  @Test func numbersThatNoRunHas() async throws {
    try await expectRefusal(.unreadable, "its step is none") { study, log in
      try study.edit(log) { text in
        var lines = text.split(separator: "\n").map(String.init)
        lines[5] = lines[5].replacing(#""tokens":"#, with: #""tokens":9223372036854775"#)
        return lines.joined(separator: "\n") + "\n"
      }
    }
  }

  @Test func settingsThatNoRunHas() async throws {
    try await expectRefusal(.unreadable, "none that can be trained", line: 1) { study, log in
      try study.edit(log) { text in
        let changed = text.replacing(/"rank":[0-9]+/, with: #""rank":9223372036854775807"#, maxReplacements: 1)
        #expect(changed != text)
        return changed
      }
    }
  }

  @Test func aStepThatTheStoreHasOtherwise() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    let log = try #require(try await study.export([1]).first)
    try await study.take()
    let before = try await StoredContent.text(of: study.target)
    try study.edit(log) { $0.replacing(#""tokens":70"#, with: #""tokens":71"#) }
    #expect(try await study.refusal()?.description.contains("it contradicts run #1 of this store") == true)
    try await study.export([1])
    try study.edit(log) { $0.replacing(#""output":"é"#, with: #""output":"e"#) }
    #expect(try await study.refusal()?.description.contains("example 0 differs") == true)
    #expect(try await StoredContent.text(of: study.target) == before)
  }

  @Test func anAdapterThatIsMissingOrDamaged() async throws {
    func folder(_ log: URL) -> URL { log.deletingPathExtension().appendingPathExtension("files") }
    try await expectRefusal(.missing, "the adapter's file adapter_model.safetensors is missing", line: 1) { _, log in
      try FileManager.default.removeItem(at: folder(log).appending(path: "adapter_model.safetensors"))
    }
    try await expectRefusal(.missing, "beside it is missing: copy it too", line: 1) { _, log in
      try FileManager.default.removeItem(at: folder(log))
    }
    try await expectRefusal(.unreadable, "is not the file that the log names", line: 1) { _, log in
      try Data("weights 9".utf8).write(to: folder(log).appending(path: "adapter_model.safetensors"))
    }
  }

  @Test func namesThatLeadOut() async throws {
    for name in ["../secret", "/etc/hostname", "..", ".", "", "a/b", "a\\\\b", ".hidden", "a\\u0000b"] {
      try await expectRefusal(.unreadable, "is no name of a file in the log's own folder") { study, log in
        try study.write(["secret": "weights 2"], to: study.logs)
        try study.edit(log) { $0.replacing(#""name":"adapter_model.safetensors""#, with: #""name":"\#(name)""#) }
      }
    }
    // Nor does a link, of a file or of the whole folder.
    try await expectRefusal(.missing, "is missing") { study, log in
      let files = log.deletingPathExtension().appendingPathExtension("files")
      let place = files.appending(path: "adapter_model.safetensors")
      try FileManager.default.moveItem(at: place, to: study.folder.appending(path: "elsewhere"))
      try FileManager.default.createSymbolicLink(
        at: place, withDestinationURL: study.folder.appending(path: "elsewhere"))
    }
    try await expectRefusal(.missing, "is missing") { study, log in
      let files = log.deletingPathExtension().appendingPathExtension("files")
      try FileManager.default.moveItem(at: files, to: study.folder.appending(path: "elsewhere"))
      try FileManager.default.createSymbolicLink(
        at: files, withDestinationURL: study.folder.appending(path: "elsewhere"))
    }
  }

  @Test func whatIsNoLog() async throws {
    try await expectRefusal(.unreadable, "this is no log of a run", line: 1) { _, log in
      try Data("{\"prompt\":\"a\",\"completion\":\"b\"}\n".utf8).write(to: log)
    }
    try await expectRefusal(.unreadable, "the file is empty", line: 1) { _, log in try Data().write(to: log) }
    try await expectRefusal(.version, "the log is of version 7", line: 1) { study, log in
      try study.edit(log) { $0.replacing(#""version":1"#, with: #""version":7"#) }
    }
    try await expectRefusal(.unreadable, "it is no event of a run", line: 3) { study, log in
      try study.edit(log) { text in
        var lines = text.split(separator: "\n").map(String.init)
        lines.insert(#"{"loss":1}"#, at: 2)
        return lines.joined(separator: "\n") + "\n"
      }
    }
    try await expectRefusal(.unreadable, "out of range", line: 1) { study, log in
      try study.edit(log) { $0.replacing(#""wallSeconds":7.7"#, with: #""wallSeconds":-7.7"#) }
    }
    let study = try LogStudy()
    defer { study.remove() }
    try FileManager.default.createDirectory(at: study.logs, withIntermediateDirectories: true)
    #expect(try await study.refusal()?.description.hasPrefix("no log in \(study.logs.path)") == true)
    let nowhere = study.folder.appending(path: "nowhere")
    #expect(try await study.refusal([nowhere])?.description.hasPrefix("there is no folder \(nowhere.path)") == true)
  }

  /// A disk without room: the store is as it was, and the same import goes through once there is some.
  @Test func aFullDiskLosesNothing() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export()
    let store = try RunStore(at: study.target, mode: .engine)
    _ = try await study.begin(store, seed: 9, steps: 3)
    try await store.limitGrowth(true)
    await #expect(throws: StoreError.self) { try await store.importLogs([study.logs]) }
    #expect(try await store.runs().map(\.id) == [1])
    #expect(StoredContent.files(of: store.folder).isEmpty)
    try await store.limitGrowth(false)
    #expect(try await store.importLogs([study.logs]).added == [2, 3, 4])
    try store.close()
  }

  /// What a kill in the middle of an import has left goes at the next start, and nothing else does.
  @Test func whatAKillHasLeftGoes() async throws {
    let study = try LogStudy()
    defer { study.remove() }
    try await study.fill()
    try await study.export([1])
    try await study.take()
    let folder = StoreFolder(database: study.target)
    let before = StoredContent.files(of: folder)
    // A known run that was being continued, and a new one that has no row.
    let staging = folder.runs.appending(path: ".import-ABC")
    try study.write(["checkpoint": "new"], to: staging.appending(path: "1"))
    try study.write(["checkpoint": "new"], to: staging.appending(path: "2"))
    try study.write(["adapter_model.safetensors": "new"], to: folder.adapter(2))
    let store = try RunStore(at: study.target, mode: .engine)
    #expect(StoredContent.files(of: folder) == before && store.unknownRuns.isEmpty)
    #expect(try await store.insert(study.plan(seed: 50), created: 1) == 2)
    try store.close()
  }
}
