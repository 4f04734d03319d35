import Foundation
import GRDB
import Testing

/// What the version before the first release left on disk goes on: its store and its half-trained run.
///
/// `Tests/Fixtures/store/version2` was written by that version, with `LORASCOPE_INSTRUCTION_SET=baseline`, which every machine has: a store with a
/// finished run and one that SIGTERM ended at step 8 of 40, the checkpoint of the one, the adapter of the other, and
/// in `expected.json` the losses of the same run without an interruption, whose adapter is `whole.safetensors`.
@Suite struct EarlierVersionTests {
  private struct Expected: Decodable {
    let losses: [Float]
  }

  private let fixture = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/store/version2").standardizedFileURL
  private let baseline = ["LORASCOPE_INSTRUCTION_SET": "baseline"]

  private var expected: Expected {
    get throws {
      try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture.appending(path: "expected.json")))
    }
  }

  /// The store as that version left it, in a folder of its own.
  private func store(in folder: TemporaryFolder) throws -> String {
    let sql = try String(contentsOf: fixture.appending(path: "store.sql"), encoding: .utf8)
      .replacing("@FOLDER@", with: folder.url.path)
    let path = folder.path("store.sqlite")
    let database = try DatabaseQueue(path: path)
    try database.writeWithoutTransaction { try $0.execute(sql: sql) }
    try database.close()
    let runs = folder.url.appending(path: "runs")
    try FileManager.default.createDirectory(at: runs.appending(path: "2"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: runs.appending(path: "1"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: fixture.appending(path: "checkpoint"), to: runs.appending(path: "2/checkpoint"))
    try FileManager.default.copyItem(at: fixture.appending(path: "adapter"), to: runs.appending(path: "1/adapter"))
    return path
  }

  @Test func aHalfTrainedRunEndsWithTheBitsOfThatVersion() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    let resumed = try Program.run(["resume", "--json", "--store", store], environment: baseline)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let list = try Program.run(["runs", "list", "--json", "--store", store])
    let runs = try #require(try list.json()["runs"] as? [[String: Any]])
    #expect(runs.compactMap { $0["state"] as? String } == ["done", "done"])
    let run = try #require(runs.first { $0["run"] as? Int == 2 })
    // Losses are FP32; two readers of JSON may differ in the last digit of a Double.
    #expect((run["losses"] as? [Double])?.map { Float($0) } == (try expected.losses))
    let export = try Program.run(["runs", "export", "2", "--peft", folder.path("peft"), "--store", store])
    #expect(export.status == 0, "\(export.errors)")
    let weights = folder.url.appending(path: "peft/adapter_model.safetensors")
    #expect(try Data(contentsOf: weights) == Data(contentsOf: fixture.appending(path: "whole.safetensors")))
  }

  @Test func aFinishedRunIsExportedAsItWas() throws {
    let folder = try TemporaryFolder()
    let store = try store(in: folder)
    let export = try Program.run(["runs", "export", "1", "--peft", folder.path("peft"), "--store", store])
    #expect(export.status == 0, "\(export.errors)")
    let name = "adapter_model.safetensors"
    #expect(
      try Data(contentsOf: folder.url.appending(path: "peft/\(name)"))
        == Data(contentsOf: fixture.appending(path: "adapter/\(name)")))
  }
}
