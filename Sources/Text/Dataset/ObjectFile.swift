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
