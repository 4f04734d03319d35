import Recipe

/// What can stop a run: one line each, saying what is wrong, where, and what to do.
public enum TrainingError: ExitStatusError, Equatable {
  /// A value that no run can be made of.
  case invalidOption(name: String, value: String, expected: String)
  /// No example of `source` has a completion left.
  case noExamples(source: String, leftOut: Int, sequenceLength: Int)
  /// No example of `source` has any of its answer left; the shortest needs `least` tokens.
  case nothingFits(source: String, leftOut: Int, sequenceLength: Int, least: Int)
  /// The loss or the gradient is no longer a number; `step` counts from 1, and the state is that before the step.
  case diverged(step: Int, reason: String)
  /// A step was asked for after the last one.
  case finished(steps: Int)
  /// A checkpoint that cannot be read.
  case badCheckpoint(path: String, reason: String)
  /// A checkpoint of another run.
  case otherRun(path: String, reason: String)
  /// The chat template does not take an example of `source`.
  case cannotRender(source: String, example: Int, reason: String)
  /// A picture of an example of `source` cannot be read, or cannot be shown to this model.
  case cannotSee(source: String, example: Int, reason: String, exitStatus: Int32)
  /// The example at this place of the list cannot be given to the model.
  case cannotGenerate(example: Int, reason: String)

  public var description: String {
    switch self {
    case .invalidOption(let name, let value, let expected):
      "\(name) is \(value), but must be \(expected)"
    case .noExamples(let source, let leftOut, .max) where leftOut > 0:
      "\(source): none of \(leftOut) examples has anything to learn: their completions are empty"
    case .noExamples(let source, let leftOut, let sequenceLength) where leftOut > 0:
      "\(source): none of \(leftOut) examples has a completion left within \(sequenceLength) tokens; "
        + "raise the sequence length or shorten the prompts"
    case .nothingFits(let source, let leftOut, let sequenceLength, let least):
      "\(source): none of \(leftOut) examples has any of its answer left within \(sequenceLength) tokens; the shortest needs "
        + "\(least): give --sequence-length \(least) or more, or shorten the prompts"
    case .noExamples(let source, _, _):
      "\(source): there are no examples to train on"
    case .diverged(let step, let reason):
      "step \(step) diverged: \(reason); try a lower learning rate, a warm-up or clipping"
    case .finished(let steps):
      "the run has finished: all of its \(steps) steps are done"
    case .badCheckpoint(let path, let reason):
      "\(path): not a usable checkpoint: \(reason)"
    case .otherRun(let path, let reason):
      "\(path): the checkpoint belongs to another run: \(reason); start this run anew or restore its own checkpoint"
    case .cannotRender(let source, let example, let reason), .cannotSee(let source, let example, let reason, _):
      "\(source): example \(example): \(reason)"
    case .cannotGenerate(let example, let reason):
      "evaluation example \(example): \(reason)"
    }
  }

  /// The status that a command line tool ends with (sysexits.h).
  public var exitStatus: Int32 {
    switch self {
    case .invalidOption, .finished: 64
    case .noExamples, .nothingFits, .badCheckpoint, .otherRun, .cannotGenerate, .cannotRender, .diverged: 65
    case .cannotSee(_, _, _, let exitStatus): exitStatus
    }
  }
}
