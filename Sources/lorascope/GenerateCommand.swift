import ArgumentParser
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Text after a prompt, which may have pictures; with --chat, the answer to it.",
    discussion: """
      --runs puts the prompt to the adapters of finished runs on one base, all in one batch, each unmerged: what each writes is bit for bit \
      what it writes alone. The prompt is written out as each run's own examples are.
      """)

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(
    help: ArgumentHelp("Ask the adapters of these finished runs, in one batch: at most 16.", valueName: "number,…"))
  var runs: String?
  @Option(help: "The prompt; without it, all of standard input.") var prompt: String?
  @Option(
    help: ArgumentHelp(
      "A PNG or JPEG picture, in the place of the next <image> of the prompt, or before it; may be given again.",
      valueName: "file"))
  var image: [String] = []
  @Flag(help: "The prompt is the user's turn in the model's chat template; the answer is printed.") var chat = false
  @Option(
    help: ArgumentHelp(
      "With --chat, the template to use instead of the model's own.", valueName: "\(BuiltinChatTemplate.names)|file"))
  var chatTemplate: String?
  @Option(help: "Most new tokens.") var maxNewTokens = 128
  @Option(help: "0 is greedy.") var temperature = 0.0
  @Option(help: "Keep the k likeliest tokens; 0 keeps all.") var topK = 0
  @Option(help: "Keep the likeliest tokens up to this probability.") var topP = 1.0
  @Option(help: "Seed of sampling.") var seed: UInt64 = 0
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var prompt: String
    var text: String
    var ids: [Int32]
  }

  func validate() throws {
    if runs != nil, model.model != "builtin" || adapter != nil || !image.isEmpty || chat {
      throw ValidationError(
        "--runs knows base, adapters and templates: leave out --model, --adapter, --image and --chat")
    }
    _ = try numbers()
    try ArgumentRange.newTokens(maxNewTokens)
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(topK, "top-k", TrainingLimits.counts)
    try ArgumentRange.check(temperature, "temperature", NumberRange(from: 0, to: 1000))
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p must be over 0 and at most 1") }
    if chatTemplate != nil, !chat { throw ValidationError("--chat-template goes with --chat") }
  }

  private func numbers() throws -> [Int]? {
    try runs.map { text in
      let numbers = try BenchEvaluateCommand.numbers(text, "runs", 1...TrainingLimits.counts.upperBound)
      guard numbers.count <= AdapterQuestion.mostRuns else {
        throw ValidationError(
          "--runs: \(numbers.count) runs are too many for one batch, at most \(AdapterQuestion.mostRuns) answer together"
        )
      }
      return numbers
    }
  }

  func run() async throws {
    let text = try promptText()
    if let runs = try numbers() {
      let question = AdapterQuestion(
        runs: runs.map { RunID($0) }, prompt: text, maxNewTokens: maxNewTokens, temperature: temperature, topK: topK,
        topP: topP, seed: seed)
      return try await GenerateRuns(question: question, store: store.url, threads: threads, json: json.json).run()
    }
    let loaded = try LoadedModel.load(model.reference)
    let lora = try LoadedModel.adapter(adapter, for: loaded.model, of: model.reference)
    let tokenising = try chat ? chatting(loaded) : Tokenising(loaded.tokenizer, sight: loaded.sight)
    let asked = Example(id: 0, prompt: try placed(text, by: loaded.sight), completion: "", images: images)
    // Pictures are put in their places once the template has written the turn: it writes a picture otherwise than a text.
    let prompt = try tokenising.prompt(for: asked)
    let ids = chat ? prompt.tokens : prompt.tokens + loaded.tokenizer.suffixTokens
    try loaded.tokenizer.check()
    guard !ids.isEmpty else {
      throw CommandError("the prompt is empty and the tokenizer adds no first token", status: 65)
    }
    let room = loaded.model.configuration.maxPositions - ids.count
    guard room > 0 else {
      throw CommandError(
        "the prompt's \(ids.count) tokens fill the model's \(loaded.model.configuration.maxPositions) positions",
        status: 65)
    }
    let stop = tokenising.stopTokens
    let sampler = Sampler(temperature: Float(temperature), topK: topK, topP: Float(topP), seed: seed)
    var isFinite = true
    let outputs = try Generation.generate(
      base: loaded.model, adapter: lora, prompts: [Prompt(tokens: ids, images: prompt.images.flatMap(\.pixelValues))],
      maxNewTokens: min(maxNewTokens, room), stop: stop,
      sampler: sampler, slots: 1, team: LoadedModel.team(threads), shouldStop: { false }, onFinished: { _, _ in },
      onNotFinite: { _ in isFinite = false })
    guard isFinite else {
      throw CommandError(
        "after \(outputs.first?.count ?? 0) new tokens the model's logits are not finite: "
          + "weights or adapter hold what is no number, or are too large", status: 65)
    }
    let output = outputs.first ?? []
    let result = loaded.tokenizer.decode(output.filter { !stop.contains($0) }, skipSpecial: true)
    try loaded.tokenizer.check()
    if json.json { return try JSONOutput.print(Report(prompt: text, text: result, ids: output)) }
    StandardStreams.writeExact(result + "\n")
  }

  private var images: [ImageSource] { image.map { .file(path: Paths.absolute($0)) } }

  /// The prompt with a place for each picture.
  ///
  /// - Throws: why the model takes none.
  private func placed(_ text: String, by sight: Sight) throws -> String {
    if image.isEmpty { return text }
    _ = try sight.required()
    let hasPlaces = ImagePrompt.placeholders(in: text) > 0
    return hasPlaces ? text : String(repeating: ImagePrompt.placeholder, count: image.count) + text
  }

  private func chatting(_ loaded: LoadedModel) throws -> Tokenising {
    var settings = RunSettings()
    settings.chatTemplate = chatTemplate.map { BuiltinChatTemplate(rawValue: $0) == nil ? Paths.absolute($0) : $0 }
    guard let template = try settings.chat(modelFolder: loaded.folder) else {
      throw CommandError(
        "the model has no chat template: choose one with --chat-template \(BuiltinChatTemplate.names)|FILE", status: 65)
    }
    return Tokenising(loaded.tokenizer, chat: template, sight: loaded.sight)
  }

  private func promptText() throws -> String {
    if let prompt { return prompt }
    // No model has positions for more.
    return try StandardStreams.readText(limit: 64 << 20)
  }
}
