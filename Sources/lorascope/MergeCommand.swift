import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge a PEFT adapter into its base, and say the largest difference of a logit before and after.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String
  @Option(help: ArgumentHelp("The new model folder.", valueName: "dir")) var output: String
  @Option(help: "bfloat16 or float32 (default: the base's own).") var type: MergedType?
  @Option(
    help: ArgumentHelp("A text file: logits are compared after each of its first eight lines.", valueName: "file"))
  var prompts: String?
  @Flag(help: "Write into the folder if it is there.") var force = false
  @OptionGroup var json: JSONFlag

  /// Prompts for adapters that come without data.
  static let sentences = [
    "The committee met in the morning and heard three witnesses.", "Question: What is the capital of France?\nAnswer:",
    "def add(a, b):\n    return a + b\n", "Once upon a time there was a small village by the sea.",
  ]

  func run() throws {
    StandardStreams.finishFirst()
    var texts = Self.sentences
    if let prompts {
      guard let text = String(validating: try StandardStreams.contents(of: prompts), as: UTF8.self) else {
        throw CommandError("'\(prompts)' is not UTF-8 text", status: 65)
      }
      texts = text.split(whereSeparator: \.isNewline).prefix(8).map(String.init)
      if texts.isEmpty { throw CommandError("'\(prompts)' has no text to compare logits on", status: 65) }
    }
    let export = MergeExport(
      model: model.reference, adapter: adapter, output: output, element: type?.element, prompts: texts,
      promptSource: prompts == nil ? "fixed sentences" : "lines of \(prompts ?? "")", fingerprint: nil, force: force)
    let report = try export.run()
    if json.json { try JSONOutput.print(report) } else { print(export.text(report)) }
  }
}

/// Merges an adapter into its base, writes the folder, and measures what the merge changed: for `runs export --merged` and
/// `merge`.
struct MergeExport {
  var model: ModelReference
  /// A PEFT folder.
  var adapter: String
  var output: String
  /// nil: the base's own.
  var element: WeightElement?
  /// Texts after which logits are compared.
  var prompts: [String]
  /// What the prompts are, for the report.
  var promptSource: String
  /// The hash of the base that a run was trained on; where it is nil, the adapter folder's own word is taken.
  var fingerprint: String?
  var force = false

  struct Report: Encodable {
    var merged: String
    var element: String
    var mergedModules: Int
    /// The prompts had a picture each: the model sees.
    var withPicture: Bool
    /// Base and adapter against the folder as it was written.
    var written: LogitComparison
    /// Base and adapter against a merge that stays in FP32.
    var float32: LogitComparison
  }

  func run() throws -> Report {
    let folder = try baseFolder()
    try checkOutput(against: folder)
    let adapterFolder = URL(fileURLWithPath: Paths.absolute(adapter))
    guard FileManager.default.fileExists(atPath: adapterFolder.path) else {
      throw CommandError("no adapter folder '\(adapter)'", status: 66)
    }
    // Before the base is read.
    try MergedModelFolder.check(base: folder)
    guard try !PEFTAdapterFolder.isPromptOnly(adapterFolder) else { throw AdapterError.promptOnlyMerge }
    try checkFingerprint(of: folder, adapter: adapterFolder)
    try checkMemory(folder, adapterFolder)
    let (base, notices) = try ModelFolder.open(at: folder)
    let (lora, notes) = try PEFTAdapterFolder.open(adapterFolder, configuration: base.configuration)
    LoadedModel.tell(notices + notes)
    let team = LoadedModel.team(nil)
    let merged = try MergedModel.merge(lora, into: base, team: team)
    let element = element ?? base.embedding.element
    let target = URL(fileURLWithPath: Paths.absolute(output))
    try MergedModelFolder.write(merged, base: folder, to: target, element: element)

    let tokenising = Tokenising(try Tokenizer(folder: folder))
    // Of pictures nothing but their place is known here, and an image token stands for pixels.
    let texts =
      base.configuration.vision == nil ? prompts : prompts.map { $0.replacing(ImagePrompt.placeholder, with: "") }
    let compared = texts.map { text in
      Self.prompt(Array(tokenising.prompt(text).prefix(Self.longestPrompt)), in: base.configuration)
    }
    func compare(_ other: BaseModel) throws -> LogitComparison {
      try LogitComparison.measure(base: base, adapter: lora, merged: other, prompts: compared, team: team)
    }
    return Report(
      merged: target.path, element: element.rawValue, mergedModules: lora.modules.count,
      withPicture: compared.contains { !$0.images.isEmpty },
      written: try compare(ModelFolder.load(at: target)), float32: try compare(merged))
  }

  /// The base, the merged layers in FP32, and the folder that was written lie in memory together.
  private func checkMemory(_ folder: URL, _ adapter: URL) throws {
    let outline = try ModelFolder.outline(at: folder)
    let specification = try PEFTAdapterFolder.specification(of: adapter, configuration: outline.configuration)
    let merged = specification.targets.reduce(0) { sum, path in
      let shape = path.shape(in: outline.configuration)
      return sum + shape.rows * shape.columns * MemoryLayout<Float>.stride
    }
    let isWider = (element ?? outline.element) == .float32 && outline.element == .bfloat16
    try MemoryShortage.check(
      outline.byteCount + merged + outline.byteCount * (isWider ? 2 : 1),
      for: "\(folder.path): base, merged layers and the folder that is written"
    ) { _ in isWider ? "--type bfloat16 needs less" : "merge it on a machine with more memory" }
  }

  func text(_ report: Report) -> String {
    func words(_ comparison: LogitComparison) -> String {
      String(
        format: "%.3g, of logits up to %.3g; the most likely next token is the same after %d of %d tokens",
        comparison.largestDifference, comparison.largestLogit, comparison.sameNextToken, comparison.positions)
    }
    var lines = [
      report.merged,
      "merged \(Counted.text(report.mergedModules, "module")), written as \(report.element)",
      "largest difference of a logit to base and adapter, on \(report.written.prompts) \(promptSource)"
        + "\(report.withPicture ? ", each behind a picture of noise" : ""): "
        + words(report.written),
    ]
    if report.element != WeightElement.float32.rawValue {
      lines.append("the same merge kept in float32: \(words(report.float32)) (--type float32 writes it)")
    }
    return lines.joined(separator: "\n")
  }

  private static let longestPrompt = 128

  /// Behind a picture of noise where the model sees, so that its tower is compared too.
  private static func prompt(_ tokens: [Int32], in configuration: ModelConfiguration) -> Prompt {
    guard let vision = configuration.vision, vision.tokensPerImage < configuration.maxPositions else {
      return Prompt(tokens: tokens)
    }
    var generator = SeededGenerator(seed: 0)
    let values = (0..<3 * vision.imageSize * vision.imageSize).map { _ in 2 * generator.nextUnitFloat() - 1 }
    let image = Array(repeating: vision.imageToken, count: vision.tokensPerImage)
    return Prompt(
      tokens: image + tokens.prefix(configuration.maxPositions - vision.tokensPerImage),
      images: [PixelValues(size: vision.imageSize, values: values)])
  }

  private func baseFolder() throws -> URL {
    try PlanBuilder.check(model)
    return try ModelPlace.folder(of: model)
  }

  /// Nothing that is there is touched, unless asked for; base and adapter never, whatever they are called, nor what this program
  /// has not merged itself.
  private func checkOutput(against base: URL) throws {
    let target = Paths.absolute(output)
    let identity = FileIdentity(target)
    for source in [base.path, Paths.absolute(adapter)] where identity != nil && FileIdentity(source) == identity {
      throw CommandError("'\(output)' is what the merge reads: name another folder", status: 73)
    }
    guard identity != nil else { return }
    guard OutputFolder.entries(target) != nil else {
      throw CommandError("'\(output)' is a file, not a folder: name another", status: 73)
    }
    guard force else { throw CommandError("'\(output)' exists: --force writes into it", status: 73) }
    if let name = MergedModelFolder.stranger(in: target) {
      throw CommandError(
        "'\(output)' holds a file \(name) of a model that lorascope did not merge, which would be lost: name another folder",
        status: 73)
    }
  }

  private func checkFingerprint(of base: URL, adapter: URL) throws {
    guard let expected = try fingerprint ?? PEFTAdapterFolder.baseFingerprint(of: adapter) else {
      ProgressLine().note("the adapter does not say which weights it was trained on; only its shapes are checked")
      return
    }
    guard try ModelFolder.fingerprint(at: base) == expected else {
      throw CommandError(
        "\(base.path) is not the base that the adapter was trained on (its hash is not \(expected.prefix(12))…): a "
          + "merge would give a wrong model; name the adapter's own base", status: 65)
    }
  }
}

/// `--type` of merged weights.
enum MergedType: String, ExpressibleByArgument {
  case bfloat16, float32

  var element: WeightElement { self == .bfloat16 ? .bfloat16 : .float32 }
}
