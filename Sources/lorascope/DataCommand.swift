import ArgumentParser
import Builtin
import Foundation
import Recipe
import Training

/// What the dashboard's preview shows, as text.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "What training would make of a data file: form, counts, cuts, examples with their mask.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp(DataFlags.help, valueName: "task|file|name:path")) var data: String
  @OptionGroup var form: DataFormFlags
  @Option(help: "Longest sequence, tokens.") var sequenceLength = 256
  @Option(help: "Examples to show.") var samples = 5
  @Flag(help: "Name every example that is left out.") var leftOut = false
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    struct Sample: Encodable {
      var place: Int
      var turn: Int?
      var truncated: Bool
      var ids: [Int32]
      var texts: [String]
      var trained: [Bool]
    }
    var detected: String
    var rendering: String
    var examples: Int
    var truncated: Int
    var leftOut: [Int]
    var tokens: Int
    var trainedTokens: Int
    var longest: Int
    var samples: [Sample]
    var answerEnd: AnswerEnd
    var textStart: TextStart
    var withoutAnswers: [Int]
    var notes: [String]

    init(_ preview: DataPreview) {
      detected = preview.detected
      rendering = preview.rendering
      examples = preview.examples
      truncated = preview.truncated
      leftOut = preview.leftOut
      tokens = preview.tokens
      trainedTokens = preview.trainedTokens
      longest = preview.longest
      samples = preview.samples.map { sample in
        Sample(
          place: sample.place, turn: sample.turn, truncated: sample.isTruncated, ids: sample.pieces.map(\.id),
          texts: sample.pieces.map(\.text), trained: sample.pieces.map(\.isTrained))
      }
      answerEnd = preview.answerEnd
      textStart = preview.textStart
      withoutAnswers = preview.withoutAnswers
      notes = preview.notes
    }
  }

  func validate() throws {
    try ArgumentRange.check(sequenceLength, "sequence-length", TrainingLimits.sequences)
    try ArgumentRange.samples(samples)
  }

  func run() throws {
    let preview = try self.preview()
    if json.json {
      try JSONOutput.print(Report(preview))
    } else {
      show(preview)
    }
    // What was shown is why a run would not begin.
    if preview.isEmpty {
      throw CommandError(
        "\(data): nothing is left to train on at \(sequenceLength) tokens"
          + (preview.cutCount > 0 ? "; --sequence-length \(preview.longest) would keep every example whole" : ""),
        status: 65)
    }
  }

  private func show(_ preview: DataPreview) {
    print("\(preview.detected), \(preview.rendering)")
    print(
      "\(preview.tokens) tokens, \(preview.trainedTokens) of them trained; longest example \(preview.longest); "
        + "\(preview.truncated) cut at \(sequenceLength), \(preview.leftOut.count) left out")
    for line in [preview.answerEnd.description, preview.textStart.description] + preview.notes { print(line) }
    if preview.cutCount > 0 {
      print("--sequence-length \(preview.longest) would keep every example whole")
    }
    if leftOut { print("left out: \(preview.leftOut.map(String.init).joined(separator: " "))") }
    for sample in preview.samples {
      let turn = sample.turn.map { ", turn \($0)" } ?? ""
      print("\n#\(sample.place)\(turn)\(sample.isTruncated ? " (cut)" : ""), trained text in ⟦ ⟧:")
      print(Self.marked(sample.pieces))
    }
  }

  private func preview() throws -> DataPreview {
    let folder = try model.folder()
    let settings = form.settings()
    if let (dataset, path) = PublishedDataset.reference(data) {
      let task = try ImportedTask(dataset, at: URL(fileURLWithPath: Paths.absolute(path)))
      return try DataPreview.load(
        task: task, examples: .max, modelFolder: folder, settings: settings, sequenceLength: sequenceLength,
        samples: samples)
    }
    if let task = try TaskArgument.builtin(data) {
      return try DataPreview.load(
        task: task, examples: task.recommendedTrainingExamples, modelFolder: folder, settings: settings,
        sequenceLength: sequenceLength, samples: samples)
    }
    return try DataPreview.load(
      file: URL(fileURLWithPath: Paths.absolute(data)), modelFolder: folder, settings: settings,
      sequenceLength: sequenceLength, samples: samples)
  }

  private static func marked(_ pieces: [TokenPiece]) -> String {
    var text = ""
    var isTrained = false
    for piece in pieces {
      if piece.isTrained != isTrained { text += piece.isTrained ? "⟦" : "⟧" }
      isTrained = piece.isTrained
      text += piece.text
    }
    return isTrained ? text + "⟧" : text
  }
}
