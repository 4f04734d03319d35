import Foundation
import GRDB
import Messages
import RunStore

/// All that a store has of its runs, as text, without what differs from store to store: ids, paths, and where a run came from.
enum StoredContent {
  static func text(of store: URL) async throws -> String {
    let queue = try DatabaseQueue(path: store.path)
    defer { try? queue.close() }
    return try await queue.read { db in
      var lines: [String] = []
      let leftOut: Set<String> = [
        "id", "run", "adapterPath", "origin", "identity", "version", "queuePosition", "seriesSlot", "deleted",
      ]
      let runs = try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY created, id")
      for run in runs {
        lines.append(line(run, without: leftOut))
        let id: RunID = run["id"]
        for table in ["steps", "heldOutLosses", "checkpoints", "heats", "examples", "latencyBlocks", "notices"] {
          let order = table == "notices" ? "id" : "2, 3"
          let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM \(table) WHERE run = ? ORDER BY \(order)", arguments: [id])
          lines += rows.map { "\(table): " + line($0, without: leftOut) }
        }
      }
      return lines.joined(separator: "\n")
    }
  }

  /// Numbers by their bits.
  private static func line(_ row: Row, without leftOut: Set<String>) -> String {
    row.filter { !leftOut.contains($0.0) }.map { name, value in
      let text =
        switch value.storage {
        case .null: "null"
        case .int64(let number): "\(number)"
        case .double(let number): String(number.bitPattern, radix: 16)
        case .string(let text): name == "latency" ? withoutPlace(text) : text
        case .blob(let data): data.base64EncodedString()
        }
      return "\(name)=\(text)"
    }.joined(separator: " ")
  }

  /// A latency says where it was measured once it is in another store.
  private static func withoutPlace(_ latency: String) -> String {
    latency.replacing(#""host":"alpha","#, with: "").replacing(#""machine":"a processor, avx2","#, with: "")
  }

  /// Files of runs' folders, with their bytes, by run and name.
  static func files(of store: StoreFolder) -> [String: Data] {
    var found: [String: Data] = [:]
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: store.runs.path)) ?? []
    for name in names {
      let url = store.runs.appending(path: name)
      if let data = try? Data(contentsOf: url) { found[name] = data }
    }
    return found
  }
}
