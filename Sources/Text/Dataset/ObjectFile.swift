import Foundation

/// A data file's records as objects, in whatever form its authors published them: JSONL, a JSON list, CSV with a header, or Parquet.
package struct ObjectFile: Sendable {
  package let path: String
  package let container: DataContainer
  package let records: [ObjectRecord]

  /// Reads the whole file.
  ///
  /// - Throws: `DataError` with file and line; `FileError`.
  package static func read(_ file: URL) throws -> ObjectFile {
    let path = file.path
    guard InputFile.exists(path) else { throw DataError.missing(path) }
    let rows = try DataRows(DataInput(path: path))
    var records: [ObjectRecord] = []
    try rows.visit { object, place, line in
      records.append(
        ObjectRecord(
          fields: RecordFields(path: path, container: rows.container, place: place, line: line, object: object)))
    }
    return ObjectFile(path: path, container: rows.container, records: records)
  }

  /// Reads a file that is one JSON object.
  ///
  /// - Throws: `DataError` with file and line; `FileError`.
  package static func object(_ file: URL) throws -> ObjectRecord {
    let path = file.path
    guard InputFile.exists(path) else { throw DataError.missing(path) }
    let bytes = try DataBytes.text(InputFile.contents(of: path), path: path)
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else { throw DataError.data(path, "is \(document.kind), not an object") }
      return ObjectRecord(fields: RecordFields(path: path, container: .json, place: 1, line: 1, object: object))
    } catch let error as JSONError {
      throw DataError.line(path, error.line, "not JSON: column \(error.column): \(error.reason)")
    }
  }

  /// A text file, such as a transcript.
  ///
  /// - Throws: `DataError` for what is not UTF-8; `FileError`.
  package static func text(_ file: URL) throws -> String {
    guard InputFile.exists(file.path) else { throw DataError.missing(file.path) }
    return String(decoding: try DataBytes.text(InputFile.contents(of: file.path), path: file.path), as: UTF8.self)
  }
}

extension ObjectFile {
  /// The first record alone, by which a file is known; nil for a file without any.
  ///
  /// - Throws: what `read` throws, as far as that record goes.
  package static func first(of file: URL) throws -> ObjectRecord? {
    struct Enough: Error {}
    let path = file.path
    guard InputFile.exists(path) else { throw DataError.missing(path) }
    let rows = try DataRows(DataInput(path: path))
    var first: ObjectRecord?
    do {
      try rows.visit { object, place, line in
        first = ObjectRecord(
          fields: RecordFields(path: path, container: rows.container, place: place, line: line, object: object))
        throw Enough()
      }
    } catch is Enough {}
    return first
  }
}

/// One record of an `ObjectFile`, with errors that say where it stands.
package struct ObjectRecord: Sendable {
  let fields: RecordFields

  package var path: String { fields.path }
  /// The line or the item, from 1.
  package var place: Int { fields.place }
  package var object: JSONObject { fields.object }

  package func has(_ name: String) -> Bool { object.value(name) != nil }

  /// The first of these fields that is there and not null.
  package func value(_ names: String...) -> JSONValue? { names.lazy.compactMap { object.value($0) }.first }

  /// - Throws: `DataError` where the field is missing or no string.
  package func string(_ name: String) throws -> String { try fields.string(name) }

  /// Text or number as text; nil where the field is missing or null.
  package func text(_ name: String) throws -> String? {
    switch object.value(name) {
    case nil: return nil
    case .string(let text)?: return text
    case .integer(let number)?: return String(number)
    case .number(let number)?: return Int(exactly: number).map(String.init) ?? "\(number)"
    case let other?: throw error("field \(name) is \(other.kind), not a text")
    }
  }

  /// A picture whose bytes stand in the record, `{"bytes": …, "path": …}`; nil where there are none.
  ///
  /// - Throws: `DataError` where they are no bytes.
  package func embedded(_ name: String) throws -> ImageSource? {
    guard let text = object.value(name)?.object?.value("bytes")?.string else { return nil }
    guard let data = Data(base64Encoded: text), !data.isEmpty else {
      throw error("field \(name) has a picture that is not base64")
    }
    return .encoded(Array(data), name: "the picture of field \(name)")
  }

  package func missing(_ name: String) -> DataError { fields.missing(name) }

  package func error(_ reason: String) -> DataError { fields.error(reason) }
}

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
    guard inner.count == object.members.count,
      !object.members.contains(where: { TurnColumns.holds($0.value) }), let first = inner.first, !first.members.isEmpty,
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
