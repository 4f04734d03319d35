import Foundation
import HuggingFace
import Transformer

/// Computes a run's steps elsewhere than in this process. Which examples, in which order, at which rate, and what becomes of the
/// results is the ``Trainer``'s either way. Belongs to the trainer's thread.
public protocol StepComputing: AnyObject {
  /// Forward and backward over the batches, clipping and the update, as ``Trainer/step()`` does them.
  ///
  /// - Parameters:
  ///   - lossTokens: of all batches: what the loss is a mean over.
  ///   - step: steps done before.
  ///   - rateFactor: the schedule's, of every module's peak rate.
  /// - Returns: the losses' sum in nats, and whether both numbers were finite and the update was made.
  func step(_ batches: [TokenBatch], lossTokens: Int, step: Int, rateFactor: Double) throws -> StepOutcome
  /// The sum of a batch's losses, without dropout; nothing of the training changes.
  func lossSum(_ batch: TokenBatch) throws -> Double
  /// Writes adapter and moments as a checkpoint's tensors to a file of its own.
  func save(to file: URL) throws
  /// Takes adapter and moments from a checkpoint of so many steps.
  func restore(from file: URL, step: Int) throws
  /// For what `save` writes: in a folder of the run.
  var stateFile: URL { get }
}

extension StepComputing {
  func fetch(into slots: [AdapterOptimizer.Slot]) throws {
    defer { try? FileManager.default.removeItem(at: stateFile) }
    try save(to: stateFile)
    try Checkpoint.restoreTensors(try SafetensorsFile(path: stateFile.path), slots: slots)
  }
}

extension AdapterOptimizer {
  /// What a module's matrices are called in checkpoints, before `.lora_A`, `.lora_B` and `.lora_magnitude_vector`.
  package static func slotName(of module: LoRAModule) -> String { "\(module.path)" }
}
