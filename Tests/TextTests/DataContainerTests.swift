import CZstd
import Foundation
import TestFiles
import Testing
import Text

/// What holds the records: compression, pandas' JSON, spreadsheets' CSV, folders, and files that are something else.
@Suite struct DataContainerTests {
  private func pairs(_ file: DataFile) -> [[String]] {
    file.records.map {
      guard case .promptCompletion(let prompt, let completion) = $0.body else { return [] }
      return [prompt, completion]
    }
  }

  private func pairs(_ text: String, _ name: String, _ reading: DataReading = DataReading()) throws -> [[String]] {
    pairs(try DataFile.parse(Array(text.utf8), path: name, as: reading))
  }

  private static let line = #"{"prompt": "é\n", "completion": "c"}"# + "\n"
  private static let csv = "prompt,completion\n\"é\n\",c\n"

  // MARK: Compression

  private func gzip(_ bytes: [UInt8]) -> [UInt8] { Gzip.compressed(bytes) }

  private func zstd(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { target, count in
      count = ZSTD_compress(target.baseAddress, target.count, bytes, bytes.count, 3)
    }
  }

  @Test func compressedFilesAreReadWhateverTheirName() throws {
    for compress in [gzip, zstd] {
      for (text, name, expected) in [
        (Self.line, "d.jsonl.gz", [["é\n", "c"]]), (Self.line, "d.jsonl", [["é\n", "c"]]),
        ("[\(Self.line)]", "d.json.gz", [["é\n", "c"]]), (Self.csv, "d.csv.GZ", [["é\n", "c"]]),
        (Self.csv, "d.csv", [["é\n", "c"]]), ("\u{FEFF}" + Self.line, "d", [["é\n", "c"]]),
      ] {
        #expect(pairs(try DataFile.parse(compress(Array(text.utf8)), path: name)) == expected, "\(name)")
      }
      // Several members or frames are one text.
      let twice = compress(Array(Self.line.utf8)) + compress(Array(Self.line.utf8))
      #expect(pairs(try DataFile.parse(twice, path: "d.jsonl.gz")).count == 2)
      let cut = Array(compress(Array(String(repeating: Self.line, count: 50).utf8)).dropLast(9))
      let refused = refusal { _ = try DataFile.parse(cut, path: "d.jsonl.gz") }
      #expect(refused?.text.contains("ends in the middle") == true, "\(refused?.text ?? "")")
      var damaged = compress(Array(Self.line.utf8))
      damaged[damaged.count / 2] ^= 0x55
      #expect(refusal { _ = try DataFile.parse(damaged, path: "d.jsonl.gz") }?.status == 65)
    }
    let padded = gzip(Array(Self.line.utf8)) + [UInt8](repeating: 0, count: 600)
    #expect(pairs(try DataFile.parse(padded, path: "d.jsonl.gz")).count == 1)
  }

  /// A few bytes that would be gigabytes end at the longest record.
  @Test func whatExpandsBeyondARecordIsRefused() throws {
    let zeros = gzip([UInt8](repeating: UInt8(ascii: " "), count: 1 << 26))
    let bomb = (0..<5).flatMap { _ in zeros }
    let refused = refusal { _ = try DataFile.parse(bomb, path: "d.jsonl.gz") }
    #expect(refused?.text.contains("MB") == true && refused?.status == 65, "\(refused?.text ?? "")")
  }

  // MARK: JSON

  @Test(arguments: [
    #"{"prompt":{"0":"q0","1":"q1"},"completion":{"0":"a0","1":"a1"}}"#,
    #"{"columns":["prompt","completion"],"index":[0,1],"data":[["q0","a0"],["q1","a1"]]}"#,
    #"{"0":{"prompt":"q0","completion":"a0"},"1":{"prompt":"q1","completion":"a1"}}"#,
    #"[{"prompt":"q0","completion":"a0"},{"prompt":"q1","completion":"a1"}]"#,
    #"{"schema":{"fields":[{"name":"index","type":"integer"}],"primaryKey":["index"],"pandas_version":"1.4.0"},"data":[{"index":0,"prompt":"q0","completion":"a0"},{"index":1,"prompt":"q1","completion":"a1"}]}"#,
    #"{"prompt":["q0","q1"],"completion":["a0","a1"]}"#,
    #"{"row a":{"prompt":"q0","completion":"a0"},"row b":{"prompt":"q1","completion":"a1"}}"#,
    #"{"prompt":{"row a":"q0","row b":"q1"},"completion":{"row a":"a0","row b":"a1"}}"#,
  ])
  func pandasTablesAreRead(_ text: String) throws {
    let expected = [["q0", "a0"], ["q1", "a1"]]
    // As pandas writes it, with a line end, and indented.
    let indented = JSONWriter.text(try JSONParser.parse(Array(text.utf8)))
    for written in [text, text + "\n", "\u{FEFF}" + text, indented] {
      for name in ["d.json", "d.jsonl", "d"] where !(text.hasPrefix("[") && name == "d.jsonl") {
        #expect(try pairs(written, name) == expected, "\(name): \(written)")
      }
    }
  }

  /// As `datasets` writes a Sequence of objects to JSONL.
  @Test(arguments: [1, 2]) func turnsAsAnObjectOfListsAreRead(_ count: Int) throws {
    let line = #"{"conversations":{"from":["human","gpt"],"value":["q","a"]}}"#
    let lines = [String](repeating: line, count: count)
    for (text, name) in [
      (lines.joined(separator: "\n"), "d.jsonl"), ("[\(lines.joined(separator: ","))]", "d.json"),
    ] {
      let file = try DataFile.parse(Array(text.utf8), path: name)
      #expect(file.form == .shareGPT && file.records.count == count, "\(name)")
      for record in file.records {
        let turns = record.turns ?? []
        #expect(turns.map(\.role) == ["user", "assistant"] && turns.map(\.content) == ["q", "a"])
      }
    }
  }

  /// Python writes what JSON has not; there is nothing in such a place.
  @Test func namesOfNumbersThatAreNoneAreNull() throws {
    for constant in ["NaN", "Infinity", "-Infinity"] {
      let line = #"{"instruction": "i", "input": \#(constant), "output": "a", "score": \#(constant)}"#
      for (text, name) in [(line + "\n" + line, "d.jsonl"), ("[\(line)]", "d.json"), (line, "d.jsonl")] {
        let file = try DataFile.parse(Array(text.utf8), path: name)
        #expect(file.findings.notes.isEmpty, "\(file.findings.notes)")
        for record in file.records {
          #expect(record.turns?.map(\.content) == ["i", "a"])
        }
      }
    }
    let answer = refusal { _ = try pairs(#"{"prompt": "q", "completion": NaN}"#, "d.jsonl") }
    #expect(answer?.text.contains("line 1: field completion is null") == true, "\(answer?.text ?? "")")
    #expect(refusal { _ = try pairs(#"{"prompt": "q", "completion": Nan}"#, "d.jsonl") }?.status == 65)
  }

  @Test func tablesOfConversationsAndSingleRecordsAreToldApart() throws {
    let turns = #"[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]"#
    for text in [
      #"{"messages":\#(turns)}"#, #"{"messages":{"0":\#(turns)}}"#, #"{"messages":[\#(turns)]}"#,
      #"{"id":{"0":7},"messages":{"0":\#(turns)}}"#,
    ] {
      let file = try DataFile.parse(Array(text.utf8), path: "d.json")
      #expect(file.form == .messages && file.records.count == 1, "\(text)")
    }
    #expect(try pairs(#"{"prompt":"q","completion":"a"}"#, "d.json") == [["q", "a"]])
    for (text, words) in [
      (#"[["q0","a0"],["q1","a1"]]"#, "item 1 is a list, not an object; with pandas: to_json(orient='records'"),
      (#"{"columns":["prompt","completion"],"data":[["q0","a0"],["q1"]]}"#, "item 2 of data is not a list of 2 values"),
    ] {
      let refused = refusal { _ = try DataFile.parse(Array(text.utf8), path: "d.json") }
      #expect(refused?.text.contains(words) == true && refused?.status == 65, "\(refused?.text ?? "")")
    }
  }

  // MARK: CSV

  @Test(arguments: [
    ("sep=;\r\nprompt;completion\r\nq;a\r\n", [["q", "a"]]), ("\u{FEFF}sep=,\nprompt,completion\nq;,a", [["q;", "a"]]),
    ("\"sep=|\"\nprompt|completion\nq|a", [["q", "a"]]), ("SEP=\t\nprompt\tcompletion\nq\ta", [["q", "a"]]),
    ("prompt|completion\nq,|a", [["q,", "a"]]), ("prompt, completion \nq, a", [["q", " a"]]),
    ("\" prompt \",\u{A0}completion\nq,a", [["q", "a"]]), ("\u{FEFF}prompt,completion\n\"q\r\n\",a", [["q\r\n", "a"]]),
    (",prompt,completion\n0,q,a\n1,r,b\n", [["q", "a"], ["r", "b"]]),
    ("prompt,completion,,\nq,a,,\nr,b\n", []), ("prompt,completion\nq,a,,\n", [["q", "a"]]),
    (
      "prompt,completion\nIs it toxic?,None\nCode?,NA\nNumber?,007\nBool?,True\nNull?,null\nEmpty?,\n",
      [
        ["Is it toxic?", "None"], ["Code?", "NA"], ["Number?", "007"], ["Bool?", "True"], ["Null?", "null"],
        ["Empty?", ""],
      ]
    ),
    ("prompt,completion\n\"a \"\"b\"\" \"\"\",\"\"\"\"\n", [["a \"b\" \"", "\""]]),
    ("prompt,completion\rq,a\r", [["q", "a"]]), ("\n\nprompt;completion\nq;a", [["q", "a"]]),
  ])
  func spreadsheetsCSVIsRead(_ text: String, _ expected: [[String]]) throws {
    guard !expected.isEmpty else {
      #expect(refusal { _ = try pairs(text, "d.csv") }?.text.contains("line 3: has 2 fields") == true)
      return
    }
    #expect(try pairs(text, "d.csv") == expected)
  }

  @Test(arguments: [
    ("prompt,completion\nq,a\nr,b,c\n", "line 3: has 3 fields, but the header has 2"),
    ("prompt,completion\n\"q\n\n\",a\nr\n", "line 5: has 1 fields"),
    ("prompt,completion, prompt\na,b,c\n", "line 1: the column prompt stands twice"),
    ("prompt,completion\nq,a\0\n", "line 2: a NUL byte"), ("sep=;\nfrage;antwort\nq;a", "line 3: has frage, antwort"),
  ])
  func brokenCSVIsRefusedWithItsLine(_ text: String, _ words: String) throws {
    let refused = refusal { _ = try pairs(text, "d.csv") }
    #expect(refused?.text.contains(words) == true && refused?.status == 65, "\(refused?.text ?? "")")
  }

  @Test func namesThatAreOnlyCanonicallyEqualAreTwoColumns() throws {
    let reading = DataReading(promptField: "\u{E9}", completionField: "e\u{301}")
    #expect(try pairs("\u{E9},e\u{301}\nq,a\n", "d.csv", reading) == [["q", "a"]])
  }

  /// Quadratic, this would take a quarter of an hour.
  @Test func manyColumnsAreRead() throws {
    let names = (0..<100_000).map { "column\($0)" }.joined(separator: ",")
    let values = (0..<100_000).map { "\($0)" }.joined(separator: ",")
    let reading = DataReading(promptField: "column99998", completionField: "column99999")
    #expect(try pairs(names + "\n" + values + "\n", "d.csv", reading) == [["99998", "99999"]])
  }

  @Test func invalidUTF8InCSVIsPlaced() throws {
    let bytes = Array("prompt,completion\nq,a\n\"x\ny".utf8) + [0xFF] + Array("\",b\n".utf8)
    let refused = refusal { _ = try DataFile.parse(bytes, path: "d.csv") }
    #expect(
      refused?.text.contains("line 4: invalid UTF-8 at byte 2 of the line (byte 26 of the file)") == true,
      "\(refused?.text ?? "")")
  }

  // MARK: Other files

  @Test func otherFilesAreNamedWithTheWayOut() throws {
    func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    let tar = [UInt8](repeating: 0x61, count: 257) + text("ustar\u{0}00")
    let cases: [([UInt8], String, String)] = [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00], "xz", "xz -dk"), (text("BZh91AY&SY"), "bzip2", "bzip2 -dk"),
      ([0x04, 0x22, 0x4D, 0x18, 0x40], "LZ4", "lz4 -dk"), (text("PK\u{3}\u{4}....data.txt"), "zip", "unzip"),
      (text("PK\u{3}\u{4}....[Content_Types].xml"), "Excel", "read_excel"),
      (text("PK\u{3}\u{4}....archive/data.pkl"), "PyTorch", "examples"), (tar, "tar", "tar xf"),
      (text("ARROW1\u{0}\u{0}"), "Arrow", "read_feather"), ([0xFF, 0xFF, 0xFF, 0xFF, 0x10], "Arrow", "datasets"),
      (text("SQLite format 3\u{0}"), "SQLite", "sqlite3 -json"), ([0x80, 0x04, 0x95, 0x10], "pickle", "read_pickle"),
      (text("GGUF\u{3}\u{0}"), "GGUF", "examples"), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], ".xls", "read_excel"),
      (text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"), "LFS pointer", "git lfs pull"),
      (text("\n<!DOCTYPE html>\n<html>"), "web page", "/resolve/"), (text("<HTML><body>"), "web page", "download"),
      (text("<?xml version=\"1.0\"?>"), "XML", "JSONL"), (text("%PDF-1.7"), "PDF", "JSONL"),
      ([0xFF, 0xFE, 0x7B, 0x00], "UTF-16", "UTF-8"), (text("ORC\u{1}"), "ORC", "read_orc"),
    ]
    for (bytes, kind, way) in cases {
      for name in ["d.jsonl", "d.csv", "d.parquet"] {
        let refused = refusal { _ = try DataFile.parse(bytes, path: name) }
        let words = refused?.text ?? "nothing"
        #expect(words.contains(kind) && words.contains(way) && words.hasPrefix(name), "\(words)")
        #expect(refused?.status == 65 && !words.contains("\n"))
      }
    }
    // The same words in a record are no magic.
    #expect(try pairs(#"{"prompt":"<html>","completion":"GGUF"}"#, "d.jsonl") == [["<html>", "GGUF"]])
  }

  // MARK: Folders

  @Test func foldersAreReadInTheOrderOfTheirNames() throws {
    let folder = try TemporaryFolder()
    func line(_ text: String) -> String { #"{"prompt": "\#(text)", "completion": "c"}"# + "\n" }
    _ = try folder.write(line("b") + line("c"), "part-2.jsonl")
    _ = try folder.write(line("a"), "part-1.jsonl")
    _ = try folder.write("# about", "README.md")
    _ = try folder.write("{}", "dataset_infos.json")
    let file = try DataFile.read(folder.url)
    #expect(pairs(file).map(\.first) == ["a", "b", "c"] && file.records.map(\.place) == [1, 2, 3])
    let found = "prompt/completion, 3 examples of 2 files in the order of their names (part-1.jsonl, part-2.jsonl)"
    #expect(file.detected == found)
    // Of a folder with splits the training part is taken.
    _ = try folder.write(line("t"), "train-00000-of-00001.jsonl")
    _ = try folder.write(line("e"), "test-00000-of-00001.jsonl")
    let training = try DataFile.read(folder.url)
    #expect(pairs(training).map(\.first) == ["t"])
    #expect(training.detected == "prompt/completion, 1 example of train-00000-of-00001.jsonl")
    _ = try folder.write(#"{"prompt": 3}"#, "train-00000-of-00001.jsonl")
    #expect(refusal { _ = try DataFile.read(folder.url) }?.text.contains("train-00000-of-00001.jsonl: line 1") == true)
  }

  /// By the words of the datasets library, and what people call what they hold out.
  @Test(arguments: [
    ("training.jsonl", "testing.jsonl"), ("data.jsonl", "holdout.jsonl"), ("data.jsonl", "held_out.jsonl"),
    ("data.jsonl", "hold-out.jsonl"), ("a/part.jsonl", "heldout/part.jsonl"), ("train.jsonl", "dev.jsonl"),
    ("data/train_sft-00000-of-00001.jsonl", "data/test_sft-00000-of-00001.jsonl"),
  ])
  func heldOutPartsOfAFolderAreNotTrained(_ kept: String, _ heldOut: String) throws {
    let folder = try TemporaryFolder()
    for (name, text) in [(kept, "t"), (heldOut, "e")] {
      let file = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      _ = try folder.write(#"{"prompt": "\#(text)", "completion": "c"}"#, name)
    }
    let file = try DataFile.read(folder.url)
    #expect(pairs(file) == [["t", "c"]] && file.detected == "prompt/completion, 1 example of \(kept)")
  }

  /// What the datasets library tells apart is not trained together.
  @Test func shardsOfSeveralSplitsAreRefused() throws {
    let folder = try TemporaryFolder()
    let line = #"{"prompt": "q", "completion": "c"}"#
    for name in ["train_gen", "train_sft", "test_sft"] { _ = try folder.write(line, "\(name)-00000-of-00001.jsonl") }
    let refused = refusal { _ = try DataFile.read(folder.url) }
    #expect(refused?.text.contains("is a folder with 2 splits to train (train_gen, train_sft); name a file") == true)
    #expect(refused?.status == 65)
    // Shards of one split, and files without such numbers, are one data set.
    let shards = try TemporaryFolder()
    for name in ["train-00000-of-00002", "train-00001-of-00002", "train-more"] {
      _ = try shards.write(line, "\(name).jsonl")
    }
    #expect(pairs(try DataFile.read(shards.url)).count == 3)
  }

  @Test(arguments: ["gz", "gzip", "zst", "zstd", "GZ"]) func compressedShardsOfAFolderAreRead(ending: String) throws {
    let folder = try TemporaryFolder()
    let line = Array((#"{"prompt": "p", "completion": "c"}"# + "\n").utf8)
    let bytes = ending.lowercased().hasPrefix("g") ? gzip(line) : zstd(line)
    try Data(bytes).write(to: folder.url.appendingPathComponent("train.jsonl.\(ending)"))
    _ = try folder.write("not data", "notes.\(ending)")
    #expect(pairs(try DataFile.read(folder.url)) == [["p", "c"]])
  }

  @Test func foldersWithoutDataOrWithTwoKindsAreNamed() throws {
    func refused(_ files: [(String, String)]) throws -> (text: String, status: Int32)? {
      let folder = try TemporaryFolder()
      for (name, text) in files { _ = try folder.write(text, name) }
      return refusal { _ = try DataFile.read(folder.url) }.map { ($0.text, $0.status) }
    }
    #expect(try refused([])?.text.contains("is a folder without") == true)
    #expect(try refused([])?.status == 66)
    let both = try refused([("a.jsonl", "{}"), ("b.csv", "p")])
    #expect(both?.text.contains("more than one kind (a.jsonl, b.csv)") == true && both?.status == 65)
    #expect(try refused([("test.jsonl", "{}")])?.text.contains("an evaluation part only (test.jsonl)") == true)
    let saved = try refused([("data-00000-of-00001.arrow", ""), ("state.json", "{}"), ("dataset_info.json", "{}")])
    #expect(saved?.text.contains("load_from_disk") == true && saved?.status == 65)
    #expect(try refused([("dataset_dict.json", "{}")])?.text.contains("['train']).to_parquet") == false)
    #expect(try refused([("dataset_dict.json", "{}")])?.text.contains("['train'].to_parquet") == true)
    #expect(try refused([("x-train.arrow", "")])?.text.contains("Dataset.from_file") == true)
  }
}
