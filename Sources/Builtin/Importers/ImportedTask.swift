import Foundation
import Recipe
import Text
import Training

/// A published data set in a person's own folder as a task: the prompts of its built-in stand-in, its own metric.
package struct ImportedTask: ReadData {
  package let dataset: PublishedDataset
  package let name: String
  package let displayName: String
  package let metric: any Metric
  package let maxNewTokens: Int
  package let detected: String
  /// How many examples there are, of which a run takes some.
  package let trainingAvailable: Int
  package let evaluationAvailable: Int
  private let training: [Example]
  private let tuning: [Example]
  private let evaluation: [Example]

  package var placeName: String { "examples" }

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - evaluation: another file or folder of the same data set to evaluate on (for MedReason, of MedMCQA), or a share of the examples; by itself, the folder's
  ///     own evaluation part.
  ///   - tuningShare: of the training examples, held out by `seed` before `trainingSeed` draws: the same for every run, 200 at most.
  ///   - trainingCount: at most so many, drawn by `trainingSeed`, in the files' order; by itself as many as the study had.
  /// - Throws: `BuiltinError`, `DataError` and `FileError`, one line each.
  package init(
    _ dataset: PublishedDataset, at root: URL, evaluation choice: EvaluationSource = .none, trainingCount: Int? = nil,
    evaluationCount: Int? = nil, seed: UInt64 = 0, trainingSeed: UInt64 = 0, tuningShare: Double? = nil
  ) throws {
    let parts = try PublishedReader(dataset: dataset, root: root, evaluation: choice, seed: seed).parts()
    self.dataset = dataset
    name = "\(dataset.rawValue):\(root.path)"
    displayName = "\(dataset.displayName) (\(root.lastPathComponent))"
    metric = dataset.metric
    maxNewTokens = dataset.maxNewTokens
    trainingAvailable = parts.training.count
    evaluationAvailable = parts.evaluation.count
    detected = parts.detected
    let (kept, held) = try FileTask.heldOut(parts.training, share: tuningShare, seed: seed)
    tuning = Self.examples(held, count: held.count, stream: 0x1D47, seed: seed)
    training = Self.examples(
      kept, count: trainingCount ?? dataset.studyTrainingExamples, stream: 0x1D47, seed: trainingSeed)
    evaluation = Self.examples(
      parts.evaluation, count: evaluationCount ?? dataset.studyEvaluationExamples, stream: 0x1D48, seed: seed)
  }

  /// In the files' order; `seed` decides nothing here, since what is taken was drawn once.
  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    switch split {
    case .train: Array(training.prefix(max(0, count)))
    case .tuning: Array(tuning.prefix(max(0, count)))
    case .evaluation: Array(evaluation.prefix(max(0, count)))
    }
  }

  /// Pictures stay in their files until a model is to be shown them.
  private static func examples(_ drafts: [ImportDraft], count: Int, stream: UInt64, seed: UInt64) -> [Example] {
    var chosen = drafts
    if count < drafts.count {
      var generator = SplitMix64(seed: seed, stream: stream)
      chosen = generator.permutation(drafts.count).prefix(max(0, count)).sorted().map { drafts[$0] }
    }
    return chosen.map { draft in
      Example(
        id: draft.place, prompt: draft.prompt, completion: draft.completion, extra: draft.extra,
        images: draft.image.map { [$0] } ?? [ImageSource]())
    }
  }
}

/// An example of a published data set; its picture is read when a model is to be shown it.
struct ImportDraft {
  /// The line or item of its file, from 1.
  var place: Int
  var prompt: String
  var completion: String
  var extra: [String: String] = [:]
  var image: ImageSource?
}

/// Records that no example was made of, counted by reason.
struct LeftOut {
  private var counts: [(reason: String, count: Int)] = []

  mutating func add(_ reason: String) {
    if let index = counts.firstIndex(where: { $0.reason == reason }) {
      counts[index].count += 1
    } else {
      counts.append((reason, 1))
    }
  }

  /// `left out: 6 without an answer, 1 that is in the evaluation set`; nil if there are none.
  var text: String? {
    counts.isEmpty ? nil : "left out: " + counts.map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
  }
}
