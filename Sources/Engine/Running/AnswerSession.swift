import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

/// One prompt answered by the adapters of finished runs in one batch: each sequence has an adapter of its own, unmerged, and the tokens that it
/// has alone.
struct AnswerSession: Sendable {
  let question: AdapterQuestion
  /// In the order of the question.
  let runs: [RunSummary]
  let environment: RunEnvironment
  let control: RunControl

  private struct Member {
    var adapter: LoRAAdapter
    var prompt: Prompt
    var stop: Set<Int32>
  }

  /// - Throws: `Refusal` for adapters that are gone, of several bases or of unequal tokenizers, a prompt that has no room, and logits that
  ///   are not finite; `MemoryShortage` for adapters that have no room together; what reading and decoding throw.
  func answer(_ team: WorkerTeam) throws -> AdapterAnswers {
    let (base, members) = try read()
    let longest = members.map(\.prompt.tokens.count).max() ?? 0
    let room = base.model.configuration.maxPositions - longest
    guard room > 0 else {
      throw Refusal(
        "the prompt's \(longest) tokens fill the model's \(base.model.configuration.maxPositions) positions",
        exitStatus: 65)
    }
    let tape = AnswerTape(members.map(\.stop))
    let labels = runs.map(\.adaptedLabel)
    let (bus, question, tokenizer) = (environment.bus, self.question, base.tokenizer)
    @Sendable func answers(_ tracks: [AnswerTape.Track], rate: Double?) -> AdapterAnswers {
      AdapterAnswers(
        question: question,
        answers: tracks.enumerated().map { place, track in
          AdapterAnswers.Answer(
            run: question.runs[place], label: labels[place], tokens: track.kept,
            text: tokenizer.decode(track.kept, skipSpecial: true), tokensPerSecond: track.rate, isOver: track.isOver)
        }, tokensPerSecond: rate)
    }
    var unfinite: Int?
    _ = try Generation.generate(
      base: base.model, adapters: members.map(\.adapter),
      prompts: members.enumerated().map { AdaptedPrompt($1.prompt, adapter: $0, stream: 0) },
      // Each ends at tokens of its own.
      maxNewTokens: min(question.maxNewTokens, room), stop: [],
      sampler: Sampler(
        temperature: Float(question.temperature), topK: question.topK, topP: Float(question.topP), seed: question.seed),
      slots: members.count, team: team,
      isFinished: { place, tokens in
        let (isOver, isDue) = tape.take(tokens, of: place)
        if isDue {
          let (tracks, rate) = tape.state
          let sofar = answers(tracks, rate: rate)
          bus.change { $0.engine.answers = sofar }
        }
        return isOver
      },
      shouldStop: { control.mustEnd || unfinite != nil },
      onFinished: { place, tokens in tape.end(tokens, of: place) },
      onNotFinite: { place in unfinite = unfinite ?? place })
    try tokenizer.check()
    if let unfinite {
      throw Refusal(
        "the logits of run \(question.runs[unfinite])'s adapter are not finite: weights or adapter hold what is no number, or are too large",
        exitStatus: 65)
    }
    let (tracks, rate) = tape.state
    var result = answers(tracks, rate: rate)
    result.wasStopped = tracks.contains { !$0.isOver }
    return result
  }

  private func read() throws -> (LoadedBase, [Member]) {
    guard let first = runs.first else { throw Refusal("no run is named", exitStatus: 64) }
    let base = try environment.bases.base(first.plan.model)
    for run in runs { try check(run, on: base) }
    try checkMemory()
    let members = try runs.map { run in
      let adapter = try PEFTAdapterFolder.read(
        URL(filePath: run.adapterPath ?? ""), configuration: base.model.configuration)
      let tokenising = try base.tokenising(run.plan.settings)
      let prompt = try tokenising.prompt(for: Example(id: 0, prompt: question.prompt, completion: ""))
      guard !prompt.tokens.isEmpty else {
        throw Refusal("the prompt is empty and the tokenizer adds no first token", exitStatus: 65)
      }
      return Member(adapter: adapter, prompt: Prompt(tokens: prompt.tokens), stop: tokenising.stopTokens)
    }
    try base.tokenizer.check()
    return (base, members)
  }

  /// That the adapters have room, before one of them is read: their values, which a run's file has in FP32, and the two copies that a decoder makes.
  private func checkMemory() throws {
    // Of a file as large as none is, sixteen times that are still a number.
    let bytes = runs.map { min(PEFTAdapterFolder.byteCount(of: URL(filePath: $0.adapterPath ?? "")), .max / 64) }
    let needed = 3 * bytes.reduce(0, +)
    let subject =
      runs.count == 1 ? "the values of the adapter of run \(runs[0].id)" : "the adapters of \(runs.count) runs"
    try MemoryShortage.check(needed, for: "\(subject), read and copied for decoding,") { room in
      let fitting = min(runs.count - 1, room / max(1, needed / runs.count))
      return fitting > 0
        ? "about \(fitting) of them would fit: ask fewer runs at once"
        : "end other programs, or ask runs of smaller ranks"
    }
  }

  private func check(_ run: RunSummary, on base: LoadedBase) throws {
    guard let path = run.adapterPath, FileManager.default.fileExists(atPath: path) else {
      throw Refusal("the adapter of run \(run.id) is not there any more: \(run.adapterPath ?? "none")", exitStatus: 66)
    }
    if let before = run.prepared, before.baseFingerprint != base.summary.fingerprint {
      let first = runs[0]
      throw Refusal(
        run.plan.model == first.plan.model
          ? "the base \(run.plan.model.displayName) is not the one that run \(run.id) was trained on: put that back"
          : "runs \(first.id) and \(run.id) have different bases, \(base.summary.name) and \(run.plan.model.displayName): ask "
            + "those of one base together", exitStatus: 65)
    }
    guard run.plan.model != base.reference else { return }
    // The same weights in another folder: what the tokens mean is said by files beside them.
    let other = try ModelPlace.folder(of: run.plan.model)
    guard TokenizerFiles.areEqual(base.folder, other) else {
      throw Refusal(
        "runs \(runs[0].id) and \(run.id) have the same weights with unequal tokenizers (\(base.folder.path), "
          + "\(other.path)): ask them apart", exitStatus: 65)
    }
  }
}

/// Whether two model folders turn texts into the same tokens, as far as their files say it.
enum TokenizerFiles {
  private static let names = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]

  static func areEqual(_ one: URL, _ other: URL) -> Bool {
    if one.standardizedFileURL == other.standardizedFileURL { return true }
    // A GGUF file has its tokenizer among the weights, whose fingerprints are equal.
    return names.allSatisfy { name in
      let (first, second) = (content(one, name), content(other, name))
      return first == second
    }
  }

  private static func content(_ folder: URL, _ name: String) -> [UInt8]? {
    try? InputFile.whole(folder.appending(path: name).path)
  }
}
