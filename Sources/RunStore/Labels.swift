import GRDB
import Messages
import Recipe

extension RunStore {
  /// Changes what is written on runs, in one transaction: all of them or none.
  /// - Returns: what is written on each now.
  /// - Throws: `Refusal` for a label that is none, `StoreError` for a run that is not there.
  package func label(_ ids: [RunID], _ change: RunLabelChange) async throws -> [RunID: RunLabels] {
    let result = try await write { [path = folder.database.path] db -> Result<[RunID: RunLabels], Refusal> in
      var changed: [RunID: RunLabels] = [:]
      for id in ids {
        let sql = "SELECT name, note, tags, pinned FROM live WHERE id = ?"
        guard let row = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [id]) else {
          throw StoreError(.missing, "there is no run \(id) in the store \(path)")
        }
        let before = Self.labels(of: row)
        var labels = before
        do throws(Refusal) { try labels.apply(change) } catch { return .failure(error) }
        changed[id] = labels
      }
      for (id, labels) in changed {
        let tags = labels.tags.isEmpty ? nil : try JSON.encode(labels.tags)
        // The same again is no change, of which readers would have to hear.
        try db.cachedStatement(
          sql: """
            UPDATE runs SET name = ?1, note = ?2, tags = ?3, pinned = ?4
            WHERE id = ?5 AND (name IS NOT ?1 OR note IS NOT ?2 OR tags IS NOT ?3 OR pinned IS NOT ?4)
            """
        ).execute(arguments: [labels.name, labels.note, tags, labels.isPinned, id])
      }
      return .success(changed)
    }
    return try result.get()
  }

  private static func labels(of row: Row) -> RunLabels {
    var run = RunSummary.unread(0)
    var values = StoredValues(row: row)
    let memo = DecodingMemo()
    for column in RunColumn.labels { try? column.read(values.next(), &run, memo) }
    return run.labels
  }
}

extension RunColumn {
  /// In the order in which `label` reads them.
  fileprivate static let labels = ["name", "note", "tags", "pinned"].compactMap { name in all.first { $0.name == name }
  }
}
