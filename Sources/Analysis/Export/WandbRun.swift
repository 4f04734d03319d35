import Foundation
import Messages
import Recipe

/// A run as `wandb sync` takes it: settings as its configuration, a row of history for each step, results as its summary. The messages are
/// those of wandb/proto/wandb_internal.proto; values in them are JSON.
package struct WandbRun {
  private let run: RunSummary
  private var file = WandbFile()
  private var count: UInt64 = 0

  package static let project = "lorascope"

  /// The same for the same run, however often it is written, so that what was uploaded before is replaced.
  package static func identifier(_ run: RunSummary) -> String {
    "\(String(Int(max(0, run.created)), radix: 36))-\(run.id)"
  }

  /// `offline-run-20261130_090855-t4x2k9-3`, where `wandb sync` looks for `run-t4x2k9-3.wandb`.
  package static func folderName(_ run: RunSummary) -> String {
    var seconds = time_t(run.started ?? run.created)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let date = String(
      format: "%04d%02d%02d_%02d%02d%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min, parts.tm_sec)
    return "offline-run-\(date)-\(identifier(run))"
  }

  package static func fileName(_ run: RunSummary) -> String { "run-\(identifier(run)).wandb" }

  /// The whole file. What is no number is left out.
  package static func bytes(_ run: RunSummary) -> [UInt8] {
    var own = WandbRun(run: run)
    own.write()
    return own.file.bytes
  }

  private init(run: RunSummary) { self.run = run }

  // MARK: Records

  private enum Field {
    static let history = 2
    static let summary = 3
    static let run = 17
    static let exit = 18
    static let header = 21
  }

  private mutating func write() {
    var version = ProtobufMessage()
    version.text(1, "lorascope")
    // The earliest of wandb's cores that may read it, as its own files say it.
    version.text(2, "0.70.0")
    var header = ProtobufMessage()
    header.message(1, version)
    append(Field.header, header)
    append(Field.run, settings())
    writeHistory()
    var summary = ProtobufMessage()
    for (tag, value) in RunEvents.results(run) { summary.message(1, Self.item(tag, Self.json(value))) }
    append(Field.summary, summary)
    var end = ProtobufMessage()
    end.varint(1, run.state == .failed ? 1 : 0)
    end.varint(2, UInt64(max(0, min(run.wallSeconds ?? 0, 1e9))))
    append(Field.exit, end)
  }

  private mutating func append(_ field: Int, _ message: ProtobufMessage) {
    count += 1
    var record = ProtobufMessage()
    record.varint(1, count)
    record.message(field, message)
    file.append(record.bytes)
  }

  private static func item(_ key: String, _ json: String) -> ProtobufMessage {
    var item = ProtobufMessage()
    item.text(1, key)
    item.text(16, json)
    return item
  }

  private func settings() -> ProtobufMessage {
    let plan = run.plan
    var words: [(String, String)] = [
      ("model", Self.json(plan.model.displayName)), ("data", Self.json(plan.data.displayName)),
      ("targets", Self.json(run.adaptedTargets.label)),
    ]
    if let count = run.prepared?.trainableParameters { words.append(("trainable_parameters", "\(count)")) }
    for field in SettingField.all {
      if let value = field.resolved(plan.settings) { words.append((field.key, Self.json(value))) }
    }
    var configuration = ProtobufMessage()
    for (key, json) in words { configuration.message(1, Self.item(key, json)) }
    var message = ProtobufMessage()
    message.text(1, Self.identifier(run))
    message.text(3, Self.project)
    message.message(4, configuration)
    message.text(6, plan.data.displayName)
    message.text(8, run.labels.name ?? "#\(run.id) \(run.adaptedLabel) seed \(plan.settings.seed)")
    if let note = run.labels.note { message.text(9, note) }
    for tag in run.labels.tags { message.text(10, tag) }
    if let host = run.origin?.host { message.text(13, host) }
    var start = ProtobufMessage()
    let began = max(0, run.started ?? run.created)
    start.varint(1, UInt64(began))
    start.varint(2, UInt64((began - began.rounded(.down)) * 1e9))
    message.message(17, start)
    return message
  }

  private mutating func writeHistory() {
    let series = RunEvents.series(run).map { ($0.tag, $0.values.values(0..<$0.values.count)) }
    let held = Dictionary(run.heldOutPoints.map { ($0.step, $0.loss) }) { $1 }
    let elapsed = run.elapsed.values(0..<run.elapsed.count)
    let began = run.started ?? run.created
    for step in 1...max(1, max(run.losses.count, held.keys.max() ?? 0)) {
      var values: [(String, Double)] = series.compactMap { tag, values in
        values.indices.contains(step - 1) ? (tag, Double(values[step - 1])) : nil
      }
      if let loss = held[step] { values.append(("held_out/loss", Double(loss))) }
      values.removeAll { !$0.1.isFinite }
      if values.isEmpty { continue }
      let seconds = elapsed.indices.contains(step - 1) && elapsed[step - 1].isFinite ? Double(elapsed[step - 1]) : 0
      values += [("_step", Double(step)), ("_runtime", seconds), ("_timestamp", began + seconds)]
      var row = ProtobufMessage()
      for (key, value) in values {
        // History names its keys as paths, here of one part.
        var item = ProtobufMessage()
        item.text(2, key)
        item.text(16, Self.json(value))
        row.message(1, item)
      }
      var number = ProtobufMessage()
      number.varint(1, UInt64(step))
      row.message(2, number)
      append(Field.history, row)
    }
  }

  // MARK: JSON

  private static func json(_ value: SettingValue) -> String {
    switch value {
    case .flag(let flag): "\(flag)"
    case .whole(let number): "\(number)"
    case .seed(let seed): "\(seed)"
    case .number(let number): json(number)
    case .text(let text): json(text)
    }
  }

  private static func json(_ value: Double) -> String {
    if let whole = Int(exactly: value), abs(value) < 1e15 { return "\(whole)" }
    return value.isFinite ? "\(value)" : "null"
  }

  private static func json(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
