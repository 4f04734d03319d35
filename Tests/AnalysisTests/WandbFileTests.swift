import Analysis
import Foundation
import Messages
import Recipe
import Testing

@Suite struct WandbFileTests {
  /// The check value of the catalogue of CRCs.
  @Test func checksumsAreThoseOfZlib() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  /// Taken apart again by LevelDB's rules: blocks of 32 768 bytes, in which the file's own seven count too.
  private func records(_ bytes: [UInt8]) -> [[UInt8]] {
    #expect(bytes.prefix(7) == [0x3A, 0x57, 0x26, 0x42, 0xE1, 0xBE, 0x00])
    var (records, place): ([[UInt8]], Int) = ([], 7)
    var open: [UInt8] = []
    while place < bytes.count {
      let room = 32768 - place % 32768
      if room < 7 {
        #expect(bytes[place..<place + room].allSatisfy { $0 == 0 })
        place += room
        continue
      }
      let length = Int(bytes[place + 4]) | Int(bytes[place + 5]) << 8
      let piece = Array(bytes[place + 7..<place + 7 + length])
      let checksum = bytes[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      #expect(length <= room - 7 && checksum == CRC32.checksum([bytes[place + 6]] + piece))
      open += piece
      switch bytes[place + 6] {
      case 1, 4:
        records.append(open)
        open = []
      case 2, 3: break
      default: Issue.record("kind \(bytes[place + 6])")
      }
      place += 7 + length
    }
    #expect(open.isEmpty)
    return records
  }

  @Test func recordsCrossBlocks() {
    var file = WandbFile()
    let sizes = [1, 32_768 - 7 - 7 - 8 - 7 - 3, 0, 5, 100_000, 32_761, 40]
    let wanted = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset + 1), count: $0.element) }
    for record in wanted { file.append(record) }
    #expect(records(file.bytes) == wanted)
  }

  @Test func aRunIsHeaderSettingsStepsResultsAndEnd() {
    var run = RunSummary(
      id: 3, plan: RunPlan(model: .builtin, data: .task(name: "x"), targets: .oProj, settings: RunSettings()),
      state: .done, created: 1_000_000)
    run.losses.append(0.5)
    run.losses.append(.nan)
    run.losses.append(0.25)
    let all = records(WandbRun.bytes(run))
    // Each begins with its number; then comes its kind: 21, 17, 2, 3, 18 with wire type 2.
    #expect(all.map { $0[0] } == [8, 8, 8, 8, 8, 8] && all.map { $0[1] } == [1, 2, 3, 4, 5, 6])
    #expect(all[0][2...3] == [0xAA, 0x01] && all[1][2...3] == [0x8A, 0x01])
    // What is no number has no row.
    #expect(all[2][2] == 0x12 && all[3][2] == 0x12 && all[4][2] == 0x1A && all[5][2...3] == [0x92, 0x01])
    let row = String(decoding: all[3], as: UTF8.self)
    #expect(row.contains("train/loss") && row.contains("0.25") && row.contains("_step"))
    let settings = String(decoding: all[1], as: UTF8.self)
    #expect(settings.contains("\"o_proj\"") && settings.contains("learning_rate") == false && settings.contains("lr"))
    #expect(WandbRun.fileName(run) == "run-lfls-3.wandb")
    #expect(WandbRun.folderName(run) == "offline-run-19700112_134640-lfls-3")
    run.losses = MetricSeries()
    #expect(records(WandbRun.bytes(run)).count == 4)
  }
}
