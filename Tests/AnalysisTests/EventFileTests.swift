import Analysis
import Messages
import Recipe
import Testing

@Suite struct EventFileTests {
  /// RFC 3720, B.4, and the check value of the catalogue of CRCs.
  @Test func checksumsAreCastagnolis() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
  }

  /// Taken apart again by the format's own rules.
  @Test func recordsAreFramed() throws {
    var file = EventFile(time: 1.5)
    file.add("train/loss", 0.25, step: 300, time: 2)
    var rest = file.bytes[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let length = Array(rest.prefix(8))
      let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(8)
      func checksum() -> UInt32 { rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }
      #expect(checksum() == CRC32C.masked(length))
      rest = rest.dropFirst(4)
      let record = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      #expect(checksum() == CRC32C.masked(record))
      rest = rest.dropFirst(4)
      records.append(record)
    }
    let version = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 13] + Array("brain.Event:2".utf8)
    let scalar: [UInt8] =
      [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 0xAC, 0x02, 0x2A, 19, 0x0A, 17, 0x0A, 10] + Array("train/loss".utf8)
      + [0x15, 0, 0, 0x80, 0x3E]
    #expect(records == [version, scalar])
  }

  @Test func whatIsNoNumberIsLeftOut() {
    var run = RunSummary(
      id: 3, plan: RunPlan(model: .builtin, data: .task(name: "x"), targets: .oProj, settings: RunSettings()),
      state: .done, created: 7)
    let empty = RunEvents.file(run).bytes.count
    run.losses.append(.nan)
    #expect(RunEvents.file(run).bytes.count == empty)
    run.losses.append(1)
    #expect(RunEvents.file(run).bytes.count > empty)
    #expect(RunEvents.fileName(run) == "events.out.tfevents.7.run-3")
  }
}
