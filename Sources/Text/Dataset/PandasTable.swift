/// A table as pandas writes it to JSON unless told otherwise: by columns, by row labels, split, or as lists.
struct PandasTable {
  private let object: JSONObject
  private let path: String

  init(_ object: JSONObject, path: String) {
    self.object = object
    self.path = path
  }

  /// The rows as records; nil for an object that is no table.
  ///
  /// - Throws: `DataError` for a split table whose rows have other lengths than its columns.
  func rows() throws -> [JSONObject]? {
    guard !object.members.isEmpty else { return nil }
    return try split() ?? nested() ?? lists()
  }

  /// `{"columns": [...], "index": [...], "data": [[...], ...]}`.
  private func split() throws -> [JSONObject]? {
    guard let columns = object["columns"]?.array, let data = object["data"]?.array else { return nil }
    let names = columns.map { $0.string ?? JSONWriter.text($0, indent: nil) }
    return try data.enumerated().map { index, row in
      guard let values = row.array, values.count == names.count else {
        throw DataError.data(
          path, "item \(index + 1) of data is not a list of \(names.count) values, one for each of columns")
      }
      return JSONObject(zip(names, values).map { JSONObject.Member(key: $0, value: $1) })
    }
  }

  /// `{"prompt": {"0": ..., "1": ...}, "completion": {...}}`, or the same the other way round.
  private func nested() -> [JSONObject]? {
    let inner = object.members.compactMap(\.value.object)
    guard inner.count == object.members.count, let first = inner.first, !first.members.isEmpty,
      inner.allSatisfy({ Self.haveSameNames($0, first) })
    else { return nil }
    let outerNames = object.members.map(\.key)
    let innerNames = first.members.map(\.key)
    if Self.areLabels(outerNames), !Self.areLabels(innerNames) { return inner }
    if !Self.areLabels(innerNames), !Self.haveUsualName(outerNames), Self.haveUsualName(innerNames) { return inner }
    guard Self.areLabels(innerNames) || Self.haveUsualName(outerNames) else { return nil }
    return innerNames.indices.map { row in
      JSONObject(
        zip(outerNames, inner).map { JSONObject.Member(key: $0, value: $1.members[row].value) })
    }
  }

  /// `{"prompt": ["...", "..."], "completion": ["...", "..."]}`. A record may have lists, too: of turns, which are objects.
  private func lists() -> [JSONObject]? {
    let columns = object.members.compactMap(\.value.array)
    guard columns.count == object.members.count, let count = columns.first?.count, count > 0,
      columns.allSatisfy({ $0.count == count }),
      object.members.allSatisfy({ Self.isColumn($0.key, $0.value.array ?? []) })
    else { return nil }
    return (0..<count).map { row in
      JSONObject(zip(object.members, columns).map { JSONObject.Member(key: $0.key, value: $1[row]) })
    }
  }

  private static func isColumn(_ name: String, _ values: [JSONValue]) -> Bool {
    let isOfTurns = ["messages", "conversations", "conversation"].contains(name)
    return values.allSatisfy { $0.object == nil && (!isOfTurns || $0.array != nil) }
  }

  private static func haveSameNames(_ one: JSONObject, _ other: JSONObject) -> Bool {
    one.members.count == other.members.count
      && zip(one.members, other.members).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) }
  }

  /// Row labels are numbers unless somebody named the rows.
  private static func areLabels(_ names: [String]) -> Bool {
    names.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  private static func haveUsualName(_ names: [String]) -> Bool {
    names.contains { name in
      [
        "prompt", "completion", "messages", "conversations", "instruction", "output", "question", "answer", "input",
        "response", "query", "text",
      ].contains(name.lowercased())
    }
  }
}
