import Foundation

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
