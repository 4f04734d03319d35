import Foundation
import Fuzzing
import TestFiles
import Testing
import Text

extension FuzzTarget {
  /// A Parquet file with bytes changed, most often in the description at its end, or a gzip file.
  func container(_ mutation: inout Mutation) throws {
    if self == .gzip {
      let text = String(repeating: #"{"prompt": "p", "completion": "c"}"# + "\n", count: 1 + mutation.below(40))
      let file = try DataFile.parse(mutation.bytes(Gzip.compressed(Array(text.utf8))), path: "d.jsonl.gz")
      #expect(!file.records.isEmpty)
      return
    }
    let names = try Fixtures.json("parquet/index.json").members.map(\.key)
    let name = names[mutation.below(names.count)]
    let original = Array(try Data(contentsOf: Fixtures.folder("parquet/\(name).parquet")))
    let length = original.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = original.count - 8 - length
    let damaged =
      mutation.below(3) == 0
      ? mutation.bytes(original) : Array(original[..<start]) + mutation.bytes(Array(original[start...]))
    let file = try DataFile.parse(damaged, path: "d.parquet")
    #expect(file.count > 0)
  }
}
