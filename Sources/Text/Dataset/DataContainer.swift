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
