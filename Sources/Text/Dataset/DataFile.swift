import Foundation
import Recipe

/// A person's data file, read: JSONL, JSON, CSV or Parquet, compressed or not, in the form that was detected or given; or a folder of such.
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
  /// Empty where the records were visited one by one.
  public private(set) var records: [DataRecord] = []
  /// How many records there are that something is learned of, pictures in them, and files that they are of.
  public let count: Int
  public let pictureCount: Int
  public let fileCount: Int
  /// Of a folder, the files that were taken, in its order; empty for a file.
  public let fileNames: [String]
  /// What was found besides them: fields that are not used, records that are left out, empty answers.
  public let findings: DataFindings
  /// Whether prompts or completions are lists of turns, in the form that has such.
  public let sidesHaveTurns: Bool

  /// What was found, in words: `messages, 1 204 conversations`, with pictures `, 1 310 pictures`.
  public var detected: String {
    let seen = pictureCount == 0 ? "" : ", \(Self.counted(pictureCount, "picture"))"
    let files = fileNames.isEmpty ? "" : " of \(named(fileNames))"
    return "\(form.words)\(fieldNames), \(Self.counted(count, form.unit))\(files)\(seen)"
  }

  /// `train.jsonl`, or `2 files in the order of their names (a.jsonl, b.jsonl)`.
  private func named(_ names: [String]) -> String {
    if names.count == 1 { return names[0] }
    let most = 4
    let more = names.count > most ? ", …, \(names[names.count - 1])" : ""
    let shown = names.prefix(names.count > most ? most - 1 : most).joined(separator: ", ")
    return "\(names.count) files in the order of their names (\(shown)\(more))"
  }

  /// ` (question → answer)`, where prompt and completion have other names.
  private var fieldNames: String {
    guard form == .promptCompletion, (promptField, completionField) != ("prompt", "completion") else { return "" }
    return " (\(OneLine.name(promptField)) → \(OneLine.name(completionField)))"
  }

  /// Reads the whole file, or the files of a folder in the order of their names. Pictures are looked for and not opened.
  ///
  /// - Throws: `DataError` with file, line and field; `FileError`.
  public static func read(_ file: URL, as reading: DataReading = DataReading()) throws -> DataFile {
    var records: [DataRecord] = []
    var found = try visit(file, as: reading) { records.append($0) }
    found.records = records
    return found
  }

  /// The same, a record at a time: only what `body` keeps stays in memory.
  ///
  /// - Returns: what was found, without `records`.
  /// - Throws: what `read` and `body` throw.
  public static func visit(
    _ file: URL, as reading: DataReading = DataReading(), _ body: (DataRecord) throws -> Void
  ) throws -> DataFile {
    guard InputFile.exists(file.path) else { throw DataError.missing(file.path) }
    let files = try DataFolder.files(of: file)
    let inputs = files.map { file in { try DataInput(path: file.path) } }
    let names = files == [file] ? [] : DataFolder.names(of: files, in: file)
    return try visit(inputs, names, path: file.path, as: reading, body)
  }

  package static func parse(
    _ contents: [UInt8], path: String, as reading: DataReading = DataReading()
  ) throws -> DataFile {
    var records: [DataRecord] = []
    var found = try visit([{ try DataInput(path: path, bytes: contents) }], [], path: path, as: reading) {
      records.append($0)
    }
    found.records = records
    return found
  }

  /// - Parameters:
  ///   - inputs: opened one after the other.
  ///   - names: theirs, in a folder.
  private static func visit(
    _ inputs: [() throws -> DataInput], _ names: [String], path: String, as reading: DataReading,
    _ body: (DataRecord) throws -> Void
  ) throws -> DataFile {
    var reader: RecordReader?
    var container = DataContainer.jsonl
    var count = 0
    var pictures = 0
    for input in inputs {
      let rows = try DataRows(input())
      container = rows.container
      // The form is the first file's; records of several files are numbered through.
      var current = reader ?? RecordReader(path: rows.path, container: rows.container, reading: reading)
      current.move(to: rows.path, rows.container)
      current.numbersThrough = inputs.count > 1
      var others: [DataFindings.Field] = []
      func note(_ name: String, _ count: Int) { others.append(.init(name: name, records: count)) }
      try rows.visit(others: note) { object, place, line in
        guard let record = try current.record(object, place: place, line: line) else { return }
        count += 1
        pictures += record.pictures.count
        try body(record)
      }
      current.note(others: others)
      reader = current
    }
    guard let reader, let form = reader.form else {
      throw DataError.data(path, "has no examples; \(RecordReader.forms)")
    }
    try reader.liking.check()
    guard count > 0 else {
      throw DataError.data(path, "has nothing to learn: \(reader.findings.notes.joined(separator: "; "))")
    }
    if let field = reading.groupField {
      guard reader.findings.withoutGroup.count < count else {
        throw DataError.data(path, "no record has the field \(OneLine.name(field)) that --group-field names")
      }
      // One group alone says nothing of how much groups differ: intervals over it would be ± 0.
      if count > 1, reader.findings.withoutGroup.isEmpty, let only = reader.onlyGroup {
        throw DataError.data(
          path,
          "all records have \(OneLine.text(only)) in the field \(OneLine.name(field)) that --group-field names; name one that tells "
            + "records apart, or leave it out")
      }
    }
    return DataFile(
      path: path, container: container, form: form, promptField: reader.names.prompt,
      completionField: reader.names.completion, hasInput: reader.hasInput, hasSystem: reader.hasSystem,
      turnsField: reader.turnsField, turnsHaveRoles: reader.turnsHaveRoles, imageField: reader.imageField,
      count: count, pictureCount: pictures, fileCount: inputs.count, fileNames: names,
      findings: reader.findings, sidesHaveTurns: reader.sidesHaveTurns)
  }

  private static func counted(_ count: Int, _ unit: String) -> String {
    "\(grouped(count)) \(Counted.plural(unit, count))"
  }

  private static func grouped(_ count: Int) -> String {
    var digits = Array(String(count))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(" ", at: place) }
    return String(digits)
  }
}

/// How a file holds its records.
public enum DataContainer: String, Sendable {
  case jsonl = "JSONL"
  case json = "JSON"
  case csv = "CSV"
  case parquet = "Parquet"

  /// What a place in such a file is called: a record's number there is `DataRecord.place`.
  public var placeName: String {
    switch self {
    case .jsonl, .csv: "line"
    case .json: "item"
    case .parquet: "row"
    }
  }
}

/// What a person says of a data file instead of having it detected.
public struct DataReading: Sendable, Equatable, Codable {
  public var form: DataForm?
  /// The field or column of what is asked; `prompt` by default.
  public var promptField: String?
  /// The field or column of what is answered; `completion` by default.
  public var completionField: String?
  /// The field or column of pictures; `image` or `images` by default, and `none` reads neither.
  public var imageField: String?
  /// The folder that pictures lie in, if it is not the data file's own.
  public var imageRoot: String?
  /// The field or column that says what a record is about; by default none does.
  public var groupField: String?

  public init(
    form: DataForm? = nil, promptField: String? = nil, completionField: String? = nil, imageField: String? = nil,
    imageRoot: String? = nil, groupField: String? = nil
  ) {
    self.form = form
    self.promptField = promptField
    self.completionField = completionField
    self.imageField = imageField
    self.imageRoot = imageRoot
    self.groupField = groupField
  }

  var prompt: String { promptField ?? "prompt" }
  var completion: String { completionField ?? "completion" }
  /// The fields of which the first that is there holds pictures.
  var images: [String] { imageField.map { $0 == "none" ? [] : [$0] } ?? ["images", "image"] }
}

/// A data file, opened: what its first bytes say it is, and its bytes, decompressed where it is gzip or Zstandard.
struct DataInput {
  enum Contents {
    case text(any ByteSource)
    case parquet(ParquetFile)
  }

  let path: String
  let contents: Contents
  /// Of the name, in small letters, without those of compression: `csv` of `a.CSV.gz`.
  let ending: String

  private static let headLength = 4096
  private static let gzip: [UInt8] = [0x1F, 0x8B]
  private static let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// - Throws: `DataError` for a file of another kind, with the way out; `FileError`.
  init(path: String) throws {
    let source = try FileByteSource(path: path)
    try self.init(path: path, source: source) { source.isRegular ? .file(try InputFile(path: path)) : nil }
  }

  /// The same of bytes in memory.
  init(path: String, bytes: [UInt8]) throws {
    try self.init(path: path, source: MemoryByteSource(bytes)) { .memory(bytes) }
  }

  private init(path: String, source: any ByteSource, whole: () throws -> ParquetFile.Bytes?) throws {
    self.path = path
    var names = path.split(separator: "/").last.map { $0.lowercased().split(separator: ".") } ?? []
    while let last = names.last, names.count > 1, FolderFiles.compressions.contains(String(last)) { names.removeLast() }
    ending = names.count > 1 ? names.last.map(String.init) ?? "" : ""
    var head = try source.head(Self.headLength)
    var source: any ByteSource = MemoryByteSource(head, then: source)
    var isWhole = true
    if head.starts(with: Self.gzip) || head.starts(with: Self.zstd) {
      source =
        head.starts(with: Self.gzip)
        ? try GzipSource(source, path: path) : try ZstdSource(source, path: path)
      head = try source.head(Self.headLength)
      source = MemoryByteSource(head, then: source)
      isWhole = false
    }
    if head.starts(with: ParquetFile.magic) || head.starts(with: Array("PARE".utf8)) {
      // Its description stands at its end: what cannot be read from any place is read whole.
      let bytes = isWhole ? try whole() : nil
      contents = .parquet(
        try ParquetFile(bytes ?? .memory(try TextWindow(source, path: path).rest()), path: path))
      return
    }
    if let refusal = ForeignData.refusal(head, path: path) { throw refusal }
    try DataBytes.checkWidth(head, path: path)
    contents = .text(source)
  }
}

/// A data set that cannot be used: file, line, reason, what to do.
public struct DataError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String) -> DataError {
    DataError(description: "\(path): no such file; check the path", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> DataError {
    DataError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func line(_ path: String, _ line: Int, _ reason: String) -> DataError {
    DataError(description: "\(path): line \(line): \(reason)", exitStatus: ExitStatus.badData)
  }
}
