import Foundation

/// A person's data file, read: JSONL, JSON or CSV, in the form that was detected or given.
public struct DataFile: Sendable {
  public let path: String
  public let container: DataContainer
  public let form: DataForm
  /// The fields of what is asked and what is answered, in the forms that have such.
  public let promptField: String
  public let completionField: String
  /// Whether any record of Alpaca's form has an `input` or a `system`.
  public let hasInput: Bool
  public let hasSystem: Bool
  /// The field of turns, in the forms that have such, and whether a turn has `role` and `content` rather than `from` and `value`.
  public let turnsField: String
  public let turnsHaveRoles: Bool
  /// The first field that pictures were found in; nil where there are none, or only inside of turns.
  public let imageField: String?
  public let records: [DataRecord]
  /// What was found besides them: fields that are not used, records that are left out, empty answers.
  public let findings: DataFindings
  /// Whether prompts or completions are lists of turns, in the form that has such.
  public let sidesHaveTurns: Bool

  /// What was found, in words: `messages, 1 204 conversations`, with pictures `, 1 310 pictures`.
  public var detected: String {
    let pictures = records.reduce(0) { $0 + $1.pictures.count }
    let seen = pictures == 0 ? "" : ", \(Self.counted(pictures, "picture"))"
    return "\(form.words)\(fieldNames), \(Self.counted(records.count, form.unit))\(seen)"
  }

  /// ` (question → answer)`, where prompt and completion have other names.
  private var fieldNames: String {
    guard form == .promptCompletion, (promptField, completionField) != ("prompt", "completion") else { return "" }
    return " (\(SafetensorsError.printable(promptField)) → \(SafetensorsError.printable(completionField)))"
  }

  /// Reads the whole file. Pictures are looked for and not opened.
  ///
  /// - Throws: `DataError` with file, line and field; `FileError`.
  public static func read(_ file: URL, as reading: DataReading = DataReading()) throws -> DataFile {
    let path = file.path
    guard InputFile.exists(path) else { throw DataError.missing(path) }
    return try parse(try InputFile.contents(of: path), path: path, as: reading)
  }

  package static func parse(
    _ contents: [UInt8], path: String, as reading: DataReading = DataReading()
  ) throws -> DataFile {
    let bytes = try DataBytes.text(contents, path: path)
    let rows = DataRows(path: path, bytes: bytes)
    var reader = RecordReader(path: path, container: rows.container, reading: reading)
    var records: [DataRecord] = []
    try rows.visit { object, place, line in
      if let record = try reader.record(object, place: place, line: line) { records.append(record) }
    }
    guard let form = reader.form else { throw DataError.data(path, "has no examples; \(RecordReader.forms)") }
    guard !records.isEmpty else {
      throw DataError.data(path, "has nothing to learn: \(reader.findings.notes.joined(separator: "; "))")
    }
    return DataFile(
      path: path, container: rows.container, form: form, promptField: reader.names.prompt,
      completionField: reader.names.completion, hasInput: reader.hasInput, hasSystem: reader.hasSystem,
      turnsField: reader.turnsField, turnsHaveRoles: reader.turnsHaveRoles, imageField: reader.imageField,
      records: records, findings: reader.findings, sidesHaveTurns: reader.sidesHaveTurns)
  }

  private static func counted(_ count: Int, _ unit: String) -> String {
    "\(grouped(count)) \(unit)\(count == 1 ? "" : "s")"
  }

  private static func grouped(_ count: Int) -> String {
    var digits = Array(String(count))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(" ", at: place) }
    return String(digits)
  }
}
