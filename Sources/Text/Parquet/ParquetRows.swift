import Recipe

/// Puts the rows of a row group together from its columns (the assembly of Dremel).
///
/// Every turn takes at least one entry from a column, so a damaged file ends.
struct ParquetRows {
  let schema: ParquetSchema
  let columns: [ParquetColumn]

  /// The next row.
  func row() throws -> JSONObject {
    for column in columns where column.leaf.node.repetitionLevel > 0 {
      guard try column.repetition() == 0 else {
        throw ParquetError.damaged("column \(OneLine.name(column.leaf.path)) begins a row within a list")
      }
    }
    return JSONObject(try schema.fields.map { JSONObject.Member(key: $0.name, value: try field($0)) })
  }

  /// After the last row.
  func end() throws {
    for column in columns where try column.hasNext() {
      throw ParquetError.damaged("column \(OneLine.name(column.leaf.path)) has more values than rows")
    }
  }

  /// A node as its parent has it: a value, null, or a list of values.
  private func field(_ node: ParquetNode) throws -> JSONValue {
    switch node.repetition {
    case .required: return try content(node)
    case .optional:
      guard try isThere(node) else { return .null }
      return try content(node)
    case .repeated: return .array(try elements(node) { try content(node) })
    }
  }

  /// Whether the next entry has a value of this node; takes the entry if it has none.
  private func isThere(_ node: ParquetNode) throws -> Bool {
    if try named(node.columns.lowerBound, { try $0.definition() }) >= node.definition { return true }
    for index in node.columns { _ = try named(index) { try $0.take() } }
    return false
  }

  private func elements(_ node: ParquetNode, _ element: () throws -> JSONValue) throws -> [JSONValue] {
    guard try isThere(node) else { return [] }
    var result: [JSONValue] = []
    repeat {
      result.append(try element())
    } while try named(node.columns.lowerBound, { try $0.repetition() }) == node.repetitionLevel
    return result
  }

  private func content(_ node: ParquetNode) throws -> JSONValue {
    if node.children.isEmpty {
      let index = node.columns.lowerBound
      guard let value = try named(index, { try $0.take() }) else {
        throw ParquetError.damaged("column \(OneLine.name(columns[index].leaf.path)) lacks a value")
      }
      return value
    }
    switch node.shape {
    case .object:
      return .object(JSONObject(try node.children.map { JSONObject.Member(key: $0.name, value: try field($0)) }))
    case .list:
      let inner = node.children[0]
      let isElement = inner.isElement(ofList: node.name)
      return .array(try elements(inner) { isElement ? try content(inner) : try field(inner.children[0]) })
    case .map:
      let entry = node.children[0]
      var members: [JSONObject.Member] = []
      _ = try elements(entry) {
        let key = try field(entry.children[0])
        members.append(JSONObject.Member(key: Self.key(key), value: try field(entry.children[1])))
        return .null
      }
      return .object(JSONObject(members))
    }
  }

  /// A map's key as the name of a member.
  private static func key(_ value: JSONValue) -> String { value.string ?? JSONWriter.text(value, indent: nil) }

  /// Says in errors which column it was.
  private func named<Value>(_ index: Int, _ body: (ParquetColumn) throws -> Value) throws -> Value {
    do {
      return try body(columns[index])
    } catch let error as ParquetError {
      throw ParquetError("column \(OneLine.name(columns[index].leaf.path)) \(error.reason)")
    }
  }
}
