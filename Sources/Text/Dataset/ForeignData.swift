import Recipe

/// Files that people hand over as data and that are something else, each with the way out. Told by their first bytes, not by their names.
enum ForeignData {
  private static let pandas = "python3 -c \"import pandas; pandas."
  private static func converted(by reader: String) -> String {
    "convert it with: \(pandas)\(reader)('FILE').to_json('FILE.jsonl', orient='records', lines=True)\""
  }

  /// First bytes, what they are of, and what to do.
  private static let kinds: [(magic: [UInt8], words: String, way: String)] = [
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "is compressed with xz", "decompress it with: xz -dk FILE"),
    (Array("BZh".utf8), "is compressed with bzip2", "decompress it with: bzip2 -dk FILE"),
    ([0x04, 0x22, 0x4D, 0x18], "is compressed with LZ4", "decompress it with: lz4 -dk FILE"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "is a 7-Zip archive", "unpack it with: 7z x FILE, and give the file in it"),
    (Array("Rar!".utf8), "is a RAR archive", "unpack it with: unrar x FILE, and give the file in it"),
    (Array("ARROW1".utf8), "is an Arrow (Feather) file", converted(by: "read_feather")),
    (Array("FEA1".utf8), "is a Feather file", converted(by: "read_feather")),
    (
      [0xFF, 0xFF, 0xFF, 0xFF], "is an Arrow stream, as datasets.save_to_disk and its cache write it",
      "convert it with: python3 -c \"import datasets; datasets.Dataset.from_file('FILE').to_json('FILE.jsonl')\""
    ),
    (Array("ORC".utf8), "is an ORC file", converted(by: "read_orc")),
    (
      Array("Obj".utf8) + [1], "is an Avro file",
      "convert it to JSONL, one JSON object on a line"
    ),
    ([0x89] + Array("HDF".utf8), "is an HDF5 file", converted(by: "read_hdf")),
    ([0x93] + Array("NUMPY".utf8), "is a NumPy array", "write its texts as JSONL, one JSON object on a line"),
    (
      Array("SQLite format 3".utf8), "is an SQLite database",
      "export a table with: sqlite3 -json FILE 'select * from TABLE' > FILE.json"
    ),
    ([0xD0, 0xCF, 0x11, 0xE0], "is an old Office file (.xls)", converted(by: "read_excel")),
    (Array("GGUF".utf8), "is a model's weights (GGUF)", "give a file of examples: JSONL, JSON, CSV or Parquet"),
    (Array("%PDF".utf8), "is a PDF", "give a file of examples: JSONL, JSON, CSV or Parquet"),
    ([0x89, 0x50, 0x4E, 0x47], "is a picture", "give a file of examples whose field image names the pictures"),
    ([0xFF, 0xD8, 0xFF], "is a picture", "give a file of examples whose field image names the pictures"),
    (
      Array("version https://git-lfs.github.com/spec/".utf8), "is a Git LFS pointer, not the data itself",
      "fetch the data with: git lfs pull (in the folder of the clone)"
    ),
  ]

  private static let tarMagicOffset = 257

  /// - Parameter head: a few hundred bytes from the file's beginning.
  /// - Returns: nil for what may be text or Parquet.
  static func refusal(_ head: [UInt8], path: String) -> DataError? {
    let shown = OneLine.name(path)
    func error(_ words: String, _ way: String) -> DataError {
      DataError.data(path, "\(words); \(way.replacing("FILE", with: shown))")
    }
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head[3...] : head[...]
    if let kind = kinds.first(where: { text.starts(with: $0.magic) }) { return error(kind.words, kind.way) }
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return zip(head, error) }
    if head.count > tarMagicOffset + 5, head[tarMagicOffset..<(tarMagicOffset + 5)].elementsEqual("ustar".utf8) {
      return error("is a tar archive", "unpack it with: tar xf FILE, and give the file in it")
    }
    if isPickle(head) { return error("is a Python pickle", converted(by: "read_pickle")) }
    let start = text.drop { $0 <= 0x20 }.prefix(15).map { $0 | 0x20 }
    if ["<!doctype html", "<html", "<head"].contains(where: { start.starts(with: $0.utf8.map { $0 | 0x20 }) }) {
      return error(
        "is a web page, not the data itself", "download the file's raw contents (on a hub: the address with /resolve/)")
    }
    if start.starts(with: "<?xml".utf8.map { $0 | 0x20 }) {
      return error("is XML", "convert it to JSONL, one JSON object on a line")
    }
    return nil
  }

  /// Excel's sheets and torch's checkpoints are zip archives, too.
  private static func zip(_ head: [UInt8], _ error: (String, String) -> DataError) -> DataError {
    func names(_ text: String) -> Bool {
      let pattern = Array(text.utf8)
      guard head.count >= pattern.count else { return false }
      return (0...(head.count - pattern.count)).contains { head[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
    if names("[Content_Types].xml") || names("xl/") {
      return error("is an Excel workbook (.xlsx)", converted(by: "read_excel"))
    }
    if names("data.pkl") { return error("is a PyTorch checkpoint", "give a file of examples") }
    return error("is a zip archive", "unpack it with: unzip FILE, and give the file in it")
  }

  /// A protocol number from 2 up, and the opcode that such a file begins with.
  private static func isPickle(_ head: [UInt8]) -> Bool {
    guard head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) else { return false }
    return [0x95, 0x63, 0x7D, 0x5D, 0x28, 0x58, 0x4A, 0x8C].contains(head[2])
  }
}
