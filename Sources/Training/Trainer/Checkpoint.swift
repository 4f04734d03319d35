import Foundation
import HuggingFace
import Kernels

/// A run's whole state in one safetensors file, so that it can be replaced in one rename: the tensors `<module>.lora_{A|B}` with the suffixes
/// `.weight`, `.first_moment` and `.second_moment`, and a JSON header in the metadata under `checkpoint`.
enum Checkpoint {
  static let metadataKey = "checkpoint"

  static func write(_ header: CheckpointHeader, slots: [AdapterOptimizer.Slot], to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(header), as: UTF8.self)
    let tensors = slots.flatMap { slot in
      buffers(of: slot).map { part in
        SafetensorsWriter.Tensor(name: part.name, shape: slot.shape, floats: part.buffer.array)
      }
    }
    try SafetensorsWriter.write(path: file.path, tensors: tensors, metadata: [metadataKey: json])
    try DurableFolder.flush(file.deletingLastPathComponent())
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
    var staged: [(values: WeightMatrix, buffer: FloatBuffer)] = []
    for slot in slots {
      for part in buffers(of: slot) {
        guard file.info(part.name)?.type == .f32 else {
          throw TrainingError.badCheckpoint(path: file.path, reason: "tensor \(part.name) is missing or not F32")
        }
        staged.append((try file.matrix(part.name, rows: slot.shape[0], columns: slot.shape[1]), part.buffer))
      }
    }
    for (values, buffer) in staged {
      buffer.pointer.update(from: values.base.assumingMemoryBound(to: Float.self), count: buffer.count)
    }
  }

  private static func buffers(of slot: AdapterOptimizer.Slot) -> [(name: String, buffer: FloatBuffer)] {
    [
      ("\(slot.name).weight", slot.parameters), ("\(slot.name).first_moment", slot.firstMoment),
      ("\(slot.name).second_moment", slot.secondMoment),
    ]
  }
}
