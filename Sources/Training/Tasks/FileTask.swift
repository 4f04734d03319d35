import Foundation
import Recipe
import Text

/// A person's own file as a task. Nothing is held out unless a second file or a share is given for evaluation.
public struct FileTask: ReadData {
  public let name: String
  public let displayName: String
  public let metric: any Metric
  public let maxNewTokens: Int
  /// What the file was found to hold: `messages, 1 204 conversations`.
  public let detected: String
  public let notes: [String]
  public let placeName: String
  private let training: [Example]
  private let evaluation: [Example]

  /// - Parameters:
  ///   - evaluationFile: examples to evaluate on; all of `file` is then trained on.
  ///   - reading: what is said of both files instead of having it detected.
  ///   - evaluationShare: share of `file`, above 0 and below 1, that is held out for evaluation: at least one example, drawn by `seed`.
  /// - Throws: what reading the files throws; `TrainingError.invalidOption` for a share that is no share, for both ways
  ///   at once or for a share of a single example.
  public init(
    file: URL, evaluationFile: URL? = nil, evaluationShare: Double? = nil, reading: DataReading = DataReading(),
    metric: any Metric = ExactMatch(), maxNewTokens: Int = 128, seed: UInt64 = 0
  ) throws {
    if evaluationFile != nil, evaluationShare != nil {
      throw TrainingError.invalidOption(
        name: "eval-share", value: "given beside an evaluation file", expected: "given alone, or the file without it")
    }
    let data = try DataFile.read(file, as: reading)
    let all = data.records.map(Example.init)
    var notes = data.findings.notes
    var held: [Example] = []
    var kept = all
    if let evaluationFile {
      // A file that is both is read once.
      if evaluationFile == file {
        held = all
      } else {
        let other = try DataFile.read(evaluationFile, as: reading)
        held = other.records.map(Example.init)
        notes += other.findings.notes.map { "\(evaluationFile.lastPathComponent): \($0)" }
      }
    } else if let evaluationShare {
      (kept, held) = try Self.divided(all, share: evaluationShare, seed: seed)
    }
    name = file.path
    displayName = file.lastPathComponent
    detected = data.detected
    self.notes = notes
    placeName = data.container.placeName + "s"
    training = kept
    evaluation = held
    self.metric = metric
    self.maxNewTokens = maxNewTokens
  }

  /// Whether there is anything to evaluate on.
  public var hasEvaluation: Bool { !evaluation.isEmpty }

  /// The file's order; `seed` decides nothing here, since what is held out was drawn once. The tuning split is empty.
  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    switch split {
    case .train: Array(training.prefix(max(0, count)))
    case .tuning: []
    case .evaluation: Array(evaluation.prefix(max(0, count)))
    }
  }

  /// Both parts keep the file's order.
  package static func divided<Element>(
    _ examples: [Element], share: Double, seed: UInt64
  ) throws -> (kept: [Element], held: [Element]) {
    guard share > 0, share < 1 else {
      throw TrainingError.invalidOption(name: "eval-share", value: "\(share)", expected: "above 0 and below 1")
    }
    guard examples.count > 1 else {
      throw TrainingError.invalidOption(
        name: "eval-share", value: "\(share) of one example", expected: "given with two examples or more")
    }
    let count = min(max(1, Int((share * Double(examples.count)).rounded())), examples.count - 1)
    var generator = SplitMix64(seed: seed, stream: 0x0E7A1)
    let chosen = Set(generator.permutation(examples.count).prefix(count))
    var kept: [Element] = []
    var held: [Element] = []
    for (index, example) in examples.enumerated() {
      if chosen.contains(index) { held.append(example) } else { kept.append(example) }
    }
    return (kept, held)
  }
}
