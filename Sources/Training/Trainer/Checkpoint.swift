import Foundation
import HuggingFace
import Kernels
import Transformer

extension Trainer {
  /// Writes adapter, moments, step and position to one file: beside it first, flushed, then renamed over it. The folder must exist.
  ///
  /// - Parameter previous: where the checkpoint that is replaced is kept, in the same folder; nil keeps none.
  /// - Throws: HuggingFace's `FileError` (status 73 or 74); what computing elsewhere throws.
  public func saveCheckpoint(to file: URL, keeping previous: URL? = nil) throws {
    try fetch()
    try Checkpoint.write(header, slots: optimizer.slots, to: file, keeping: previous)
  }

  /// Puts this run where a checkpoint's was; every further step has the bits that the interrupted run's would have had, on the same
  /// instruction set. `threads` may differ.
  ///
  /// - Throws: `TrainingError.otherRun` if options, targets, base or data differ from this run's; `.badCheckpoint`, or HuggingFace's errors, for a
  ///   file that is missing or damaged. Nothing has changed then.
  public func restoreCheckpoint(from file: URL) throws {
    let contents = try SafetensorsFile(path: file.path)
    let saved = try Checkpoint.header(of: contents)
    func refuse(_ reason: String) -> TrainingError { .otherRun(path: file.path, reason: reason) }
    let own = header
    let differences = saved.options.differences(from: own.options)
    guard differences.isEmpty else {
      throw refuse("its options differ from this run's (\(differences.joined(separator: ", ")))")
    }
    guard saved.specification == own.specification else {
      throw refuse("its adapter has other targets, ranks or alphas")
    }
    guard saved.base == own.base else { throw refuse("its base model has other weights") }
    guard saved.data == own.data else { throw refuse("its training data is another") }
    guard (0...totalSteps).contains(saved.step), isPlace(saved.position) else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "its position is outside the run")
    }
    try Checkpoint.restore(contents, slots: optimizer.slots)
    try steps?.restore(from: file, step: saved.step)
    resume(step: saved.step, position: saved.position)
  }

  private var header: CheckpointHeader {
    CheckpointHeader(
      step: stepIndex, position: position, options: options, specification: adapter.specification,
      base: baseFingerprint, data: dataFingerprint, instructionSet: InstructionSet.current.rawValue)
  }

  private func isPlace(_ position: BatchPosition) -> Bool {
    position.epoch >= 0 && position.epoch < 1 << 32 && (0...data.count).contains(position.offset)
  }
}

/// The part of a checkpoint that is not a tensor: where the run stands, and which run it is.
struct CheckpointHeader: Codable, Equatable {
  static let currentFormat = 1

  var format = Self.currentFormat
  /// Steps done.
  var step: Int
  /// Where the next step's examples begin; with the options' seed this is the whole state of the generators, since
  /// each epoch's order and each step's dropout masks are drawn from counters.
  var position: BatchPosition
  var options: TrainingOptions
  var specification: LoRASpecification
  /// `RunFingerprint.base` and `.data` of the run.
  var base: String
  var data: String
  /// What the bits were made with; a run may go on with another, but its bits then differ.
  var instructionSet: String
}

/// A run's whole state in one safetensors file, so that it can be replaced in one rename: the tensors `<module>.lora_{A|B}` with the suffixes
/// `.weight`, `.first_moment` and `.second_moment`, a JSON header in the metadata under `checkpoint`, and a checksum of both under
/// `checksum`.
enum Checkpoint {
  static let metadataKey = "checkpoint"
  /// Checkpoints of earlier versions have none.
  static let checksumKey = "checksum"

  /// - Parameter previous: where the checkpoint that is replaced is kept.
  static func write(
    _ header: CheckpointHeader, slots: [AdapterOptimizer.Slot], to file: URL, keeping previous: URL?
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(header), as: UTF8.self)
    let tensors = slots.flatMap { slot in
      buffers(of: slot).map { part in
        SafetensorsWriter.Tensor(name: part.name, shape: slot.shape, floats: part.buffer.array)
      }
    }
    var checksum = ContentHash()
    combine(json, into: &checksum)
    for slot in slots {
      for part in buffers(of: slot) { combine(part.buffer.pointer, part.buffer.count, into: &checksum) }
    }
    try SafetensorsWriter.write(
      path: file.path, tensors: tensors, metadata: [metadataKey: json, checksumKey: checksum.text],
      keeping: previous?.path)
  }

  /// The header of a checkpoint, without its tensors.
  static func header(of file: SafetensorsFile) throws -> CheckpointHeader {
    guard let json = file.metadata[metadataKey] else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "it has no \"\(metadataKey)\" in its metadata")
    }
    let data = Data(json.utf8)
    struct Format: Decodable { var format: Int }
    guard let format = try? JSONDecoder().decode(Format.self, from: data).format else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "its metadata is not readable")
    }
    guard format == CheckpointHeader.currentFormat else {
      throw TrainingError.badCheckpoint(
        path: file.path,
        reason: "it has format \(format), this version reads \(CheckpointHeader.currentFormat)")
    }
    guard let header = try? JSONDecoder().decode(CheckpointHeader.self, from: data) else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "its metadata is not complete")
    }
    return header
  }

  /// Reads all tensors before the first one is put in its place, so that a bad file changes nothing.
  static func restore(_ file: SafetensorsFile, slots: [AdapterOptimizer.Slot]) throws {
    try restoreTensors(file, slots: slots) { try check(file, $0) }
  }

  /// The same of a file that is no checkpoint yet.
  static func restoreTensors(
    _ file: SafetensorsFile, slots: [AdapterOptimizer.Slot], check: ([Staged]) throws -> Void = { _ in }
  ) throws {
    var staged: [Staged] = []
    for slot in slots {
      for part in buffers(of: slot) {
        guard file.info(part.name)?.type == .f32 else {
          throw TrainingError.badCheckpoint(path: file.path, reason: "tensor \(part.name) is missing or not F32")
        }
        staged.append((try file.matrix(part.name, rows: slot.shape[0], columns: slot.shape[1]), part.buffer))
      }
    }
    try check(staged)
    for (values, buffer) in staged {
      buffer.pointer.update(from: values.base.assumingMemoryBound(to: Float.self), count: buffer.count)
    }
  }

  typealias Staged = (values: WeightMatrix, buffer: FloatBuffer)

  private static func check(_ file: SafetensorsFile, _ staged: [Staged]) throws {
    guard let expected = file.metadata[checksumKey] else { return }
    var checksum = ContentHash()
    combine(file.metadata[metadataKey] ?? "", into: &checksum)
    for (values, buffer) in staged {
      combine(values.base.assumingMemoryBound(to: Float.self), buffer.count, into: &checksum)
    }
    guard checksum.text == expected else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "its checksum is wrong: the file has been damaged")
    }
  }

  private static func combine(_ text: String, into hash: inout ContentHash) {
    for byte in text.utf8 { hash.combine(UInt64(byte)) }
  }

  private static func combine(_ values: UnsafePointer<Float>, _ count: Int, into hash: inout ContentHash) {
    hash.combine(count)
    var index = 0
    // Two at a time: a checkpoint is written between steps.
    while index + 1 < count {
      hash.combine(UInt64(values[index].bitPattern) << 32 | UInt64(values[index + 1].bitPattern))
      index += 2
    }
    if index < count { hash.combine(UInt64(values[index].bitPattern)) }
  }

  private static func buffers(of slot: AdapterOptimizer.Slot) -> [(name: String, buffer: FloatBuffer)] {
    [
      ("\(slot.name).weight", slot.parameters), ("\(slot.name).first_moment", slot.firstMoment),
      ("\(slot.name).second_moment", slot.secondMoment),
    ]
  }
}
