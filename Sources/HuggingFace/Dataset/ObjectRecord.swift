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

  package func missing(_ name: String) -> DataError { fields.missing(name) }

  package func error(_ reason: String) -> DataError { fields.error(reason) }
}
