/// How a file holds its records.
public enum DataContainer: String, Sendable {
  case jsonl = "JSONL"
  case json = "JSON"
  case csv = "CSV"

  /// What a place in such a file is called: a record's number there is `DataRecord.place`.
  public var placeName: String { self == .json ? "item" : "line" }
}
