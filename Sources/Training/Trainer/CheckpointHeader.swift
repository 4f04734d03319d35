import Transformer

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
