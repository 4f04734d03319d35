import Foundation
import Recipe
import Text

/// Something to learn, with its own way of telling right from wrong.
public protocol TrainingTask: Sendable {
  /// What the command line calls it, such as `medmcqa`, or a file's path.
  var name: String { get }
  /// What screens call it.
  var displayName: String { get }
  var metric: any Metric { get }
  /// The most tokens that an answer may take.
  var maxNewTokens: Int { get }
  /// What ``Example/group`` says that its examples are about, in the plural; nil where they have no groups.
  var groupNoun: String? { get }
  /// At most `count` examples of a split; the same for the same seed. Splits never share an example.
  func examples(split: Split, count: Int, seed: UInt64) -> [Example]
}

extension TrainingTask {
  public var groupNoun: String? { nil }
}

/// The three parts of a task's data. Rates and ranks are chosen on `tuning`, never on `evaluation`.
public enum Split: String, Sendable, Codable, CaseIterable {
  case train, tuning, evaluation
}

/// A task whose examples were read from a person's files.
public protocol ReadData: TrainingTask {
  /// What was found in them, in words.
  var detected: String { get }
  /// What messages call the places of its examples: `lines` or `examples`.
  var placeName: String { get }
  /// What was found besides the examples, a line each: fields that are not used, records that are left out.
  var notes: [String] { get }
}

extension ReadData {
  public var notes: [String] { [] }
}

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
  public let groupNoun: String?
  private let training: [Example]
  private let evaluation: [Example]

  /// - Parameters:
  ///   - source: a file to evaluate on, all of `file` being trained on; or a share of `file`, above 0 and below 1, that is held
  ///     out: at least one example, drawn by `seed`.
  ///   - reading: what is said of both files instead of having it detected.
  ///   - tuningShare: of `file`, held out for choosing; nil where nothing is.
  /// - Throws: what reading the files throws; `TrainingError.invalidOption` for a share that is no share, or for one of a
  ///   single example.
  public init(
    file: URL, evaluation source: EvaluationSource = .none, reading: DataReading = DataReading(),
    metric: any Metric = ExactMatch(), maxNewTokens: Int = 128, seed: UInt64 = 0, tuningShare: Double? = nil
  ) throws {
    let data = try DataFile.read(file, as: reading.ofTraining(beside: source, of: file, tuningShare: tuningShare))
    let all = data.records.map(Example.init)
    var notes = data.findings.notes
    var held: [Example] = []
    var kept = all
    switch source {
    case .none: break
    // A file that is both is read once.
    case .file(file.path): held = all
    case .file(let path):
      let evaluationFile = URL(filePath: path)
      let other = try DataFile.read(evaluationFile, as: reading)
      held = other.records.map(Example.init)
      notes += other.findings.notes.map { "\(evaluationFile.lastPathComponent): \($0)" }
    case .share(let share):
      (kept, held) = try Self.divided(all, share: share, seed: seed)
    }
    name = file.path
    displayName = file.lastPathComponent
    detected = data.detected
    self.notes = notes
    placeName = data.container.placeName + "s"
    groupNoun = reading.groupField.map { "values of \($0)" }
    training = kept
    evaluation = held
    self.metric = metric
    self.maxNewTokens = maxNewTokens
  }

  /// The file's order; `seed` decides nothing here, since what is held out was drawn once. The tuning split is empty.
  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    switch split {
    case .train: Array(training.prefix(max(0, count)))
    case .tuning: []
    case .evaluation: Array(evaluation.prefix(max(0, count)))
    }
  }

  /// At most `count` of them, drawn by `seed`, in their order.
  package static func sample<Element>(_ examples: [Element], count: Int, seed: UInt64) -> [Element] {
    guard count < examples.count else { return examples }
    var generator = SplitMix64(seed: seed, stream: 0x7A51)
    return generator.permutation(examples.count).prefix(max(0, count)).sorted().map { examples[$0] }
  }

  /// The most examples that are held out for choosing: more hardly narrow an interval and are missed in training.
  package static let mostHeldOut = 200

  /// What is trained on, and what of the same data is held out for choosing: a share of all of it by a seed that is the same for every
  /// run, before any sample is drawn. Nothing without a share, or of a single example.
  package static func heldOut<Element>(
    _ examples: [Element], share: Double?, seed: UInt64
  ) throws -> (kept: [Element], held: [Element]) {
    guard let share, examples.count > 1 else { return (examples, []) }
    return try divided(examples, share: min(share, Double(mostHeldOut) / Double(examples.count)), seed: seed)
  }

  /// - Throws: `TrainingError.invalidOption` for a share of so many examples that would leave nothing on one side.
  package static func check(share: Double, of count: Int) throws {
    guard share > 0, share < 1 else {
      throw TrainingError.invalidOption(name: "eval-share", value: "\(share)", expected: "above 0 and below 1")
    }
    guard count > 1 else {
      throw TrainingError.invalidOption(
        name: "eval-share", value: "\(share) of one example", expected: "given with two examples or more")
    }
  }

  /// Both parts keep the file's order.
  package static func divided<Element>(
    _ examples: [Element], share: Double, seed: UInt64
  ) throws -> (kept: [Element], held: [Element]) {
    try check(share: share, of: examples.count)
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
