/// A file of records as Weights & Biases keeps a run that is not online: LevelDB's log format with CRC-32 in the place of CRC-32C and
/// without masking, behind a header of its own (wandb/core, `leveldb` and `transactionlog`).
package struct WandbFile: Sendable {
  /// `:W&B`, a magic number, a version.
  private static let header: [UInt8] = Array(":W&B".utf8) + [0xE1, 0xBE, 0]
  private static let blockBytes = 32768
  /// Checksum, length, kind.
  private static let leadBytes = 7

  private enum Kind: UInt8 {
    case whole = 1
    case first, middle, last
  }

  package private(set) var bytes = header

  package init() {}

  /// Appends a record, in pieces where it does not fit into what is left of a block.
  package mutating func append(_ record: [UInt8]) {
    var rest = record[...]
    var isFirst = true
    repeat {
      var room = Self.blockBytes - bytes.count % Self.blockBytes
      if room < Self.leadBytes {
        bytes += [UInt8](repeating: 0, count: room)
        room = Self.blockBytes
      }
      let piece = rest.prefix(room - Self.leadBytes)
      rest = rest.dropFirst(piece.count)
      let kind: Kind = isFirst ? (rest.isEmpty ? .whole : .first) : rest.isEmpty ? .last : .middle
      bytes += CRC32.checksum([kind.rawValue] + piece).littleEndianBytes
      bytes += UInt16(piece.count).littleEndianBytes + [kind.rawValue] + piece
      isFirst = false
    } while !rest.isEmpty
  }
}
