import Analysis
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// A run that is ready for its first step: model in memory, data tokenised, adapter initialised.
struct PreparedTraining {
  let base: LoadedBase
  let data: DataCatalogue.Resolved
  let adapter: LoRAAdapter
  let trainer: Trainer
  /// How examples and prompts are written out for this model.
  let tokenising: Tokenising
  /// What losses are taken on during training.
  let heldOut: [TokenizedExample]
  let summary: PreparedRun
  /// Says how the data was read and what of it was cut.
  let dataNote: String
  /// Says what an initial adapter brings along that the plan would have had otherwise; nil if nothing.
  let initialAdapterDifference: String?

  /// What a person should know of the model's and the initial adapter's files, and of settings that do not go together, a line each.
  let notes: [String]

  /// - Parameters:
  ///   - tuning: so many examples are scored at each heat of a race.
  ///   - reserve: waits for the memory that the run needs, or refuses it; before anything large is allocated.
  ///   - kernels: with whose the run computes, and what computes its steps where that is not this program.
  /// - Throws: what any room below throws, one line each.
  init(
    _ plan: RunPlan, environment: RunEnvironment, team: WorkerTeam, tuning: Int = 0,
    reserve: (RunMemory) throws -> Void = { _ in },
    kernels: (LoadedBase, LoRAAdapter) throws -> (name: String, steps: (any StepComputing)?) = { _, _ in
      (InstructionSet.current.rawValue, nil)
    }
  ) throws {
    let base = try environment.bases.base(plan.model)
    let data = try DataCatalogue.resolve(plan, tuning: tuning)
    let options = TrainingOptions(plan.settings, threads: team.threads)
    try options.validate()
    let configuration = base.model.configuration
    guard options.sequenceLength <= configuration.maxPositions else {
      throw Refusal(
        "sequence length \(options.sequenceLength) exceeds the \(configuration.maxPositions) positions of the model "
          + "\(base.summary.name); lower it with --sequence-length", exitStatus: 65)
    }
    tokenising = try base.tokenising(plan.settings)
    if plan.settings.engine == .peft, let example = data.examples.first(where: { !$0.images.isEmpty }) {
      throw PEFTWorkerError.unfit(
        "\(data.source): example \(example.id) has a picture, which --engine peft does not take: leave the pictures out with "
          + "--image-field none, or train with lorascope's own engine")
    }
    let dataset = try tokenising.tokenize(
      data.training, sequenceLength: options.sequenceLength, source: data.source)
    guard plan.settings.evalEvery == 0 || !data.heldOut.isEmpty else {
      throw Refusal(
        "eval-every needs held-out examples, and \(data.source) has none: hold some out with --tuning-share or "
          + "--eval-share, or name a file of them with --eval", exitStatus: 65)
    }
    heldOut =
      data.heldOut.isEmpty
      ? []
      : try tokenising.tokenize(
        data.heldOut, sequenceLength: options.sequenceLength, source: "held-out examples of \(data.source)"
      ).examples.filter { $0.lossTokens > 0 }
    // Before hours of training, not after them.
    let prompts = try Evaluation.check(
      data.evaluation + data.tuning, tokenising: tokenising, base: base.model, maxNewTokens: data.maxNewTokens)
    var specification =
      try plan.settings.initialAdapter.map {
        try PEFTAdapterFolder.specification(of: URL(filePath: $0), configuration: configuration)
      } ?? options.specification(targets: plan.targets, in: configuration)
    specification.promptOnly = plan.settings.promptOnly
    try reserve(
      RunMemory(
        specification: specification, configuration: configuration, sequences: options.batchSize,
        length: (dataset.examples + heldOut).map(\.tokens.count).max() ?? 0,
        imagesPerSequence: (dataset.examples + heldOut).map(\.images.count).max() ?? 0, prompts: prompts,
        maxNewTokens: data.maxNewTokens))
    let (adapter, adapterNotes) = try Self.adapter(plan, options: options, base: base.model)
    let kernels = try kernels(base, adapter)
    let trainer = try Trainer(
      base: base.model, adapter: adapter, data: dataset.examples, options: options, team: team, steps: kernels.steps)
    try trainer.checkHeldOut(heldOut)
    self.base = base
    self.data = data
    self.adapter = adapter
    self.trainer = trainer
    let otherBase = try plan.settings.initialAdapter.flatMap { path in
      try PEFTAdapterFolder.otherBaseNotice(URL(filePath: path)) { base.summary.fingerprint }
    }
    notes =
      base.notices + adapterNotes + [otherBase, options.warmupNote(totalSteps: trainer.totalSteps)].compactMap { $0 }
    initialAdapterDifference = try plan.settings.initialAdapter.flatMap { path in
      let own = adapter.specification
      if own == (try options.specification(targets: plan.targets, in: configuration)) { return nil }
      return "\(path) brings its own rank \(own.rank), alpha \(own.alpha), dropout \(own.dropout)"
        + "\(own.useRSLoRA ? ", rsLoRA" : "")\(own.useDoRA ? ", DoRA" : "") along"
    }
    let read = data.task as? any ReadData
    let placeName = read?.placeName ?? "examples"
    let withoutAnswers = tokenising.withoutAnswers(data.training, leftOut: dataset.leftOut)
    dataNote = DataNote.text(
      detected: read?.detected ?? Counted.text(data.training.count, "example"),
      rendering: plan.settings.rendering(tokenising.chat),
      facts: tokenising.facts
        + LeftOutNotes.lines(
          withoutAnswers: withoutAnswers, withoutBeginnings: tokenising.withoutBeginnings(data.training),
          placeName: placeName) + (read?.notes ?? []),
      dataset: dataset, withoutAnswers: withoutAnswers, sequenceLength: options.sequenceLength, placeName: placeName)
    summary = PreparedRun(
      totalSteps: trainer.totalSteps, trainableParameters: adapter.parameterCount,
      baseParameters: base.summary.parameterCount, modules: adapter.modules.map { configuration.name(of: $0.path) },
      trainingExamples: dataset.examples.count, truncatedExamples: dataset.truncated,
      droppedExamples: dataset.leftOut.count, evaluationExamples: data.evaluation.count,
      baseFingerprint: base.summary.fingerprint, instructionSet: kernels.name,
      threads: team.threads, machine: Machine.identity,
      heldOut: heldOut.isEmpty ? nil : HeldOutExamples(split: data.heldOutSplit, examples: heldOut.count))
  }

  /// A fresh adapter, or the one that the plan starts from; and what a person should know of its files.
  static func adapter(
    _ plan: RunPlan, options: TrainingOptions, base: BaseModel
  ) throws -> (adapter: LoRAAdapter, notes: [String]) {
    let configuration = base.configuration
    guard let path = plan.settings.initialAdapter else {
      let fresh = try LoRAAdapter(
        specification: try options.specification(targets: plan.targets, in: configuration),
        base: base, seed: options.seed)
      return (fresh, [])
    }
    let (adapter, notes) = try PEFTAdapterFolder.open(URL(filePath: path), configuration: configuration)
    let asked = try options.specification(targets: plan.targets, in: configuration).targets
    guard adapter.specification.targets == asked else {
      let present = Targets(paths: adapter.specification.targets, in: configuration)
      guard try present.paths(in: configuration) == adapter.specification.targets else {
        throw Refusal(
          "\(path): the adapter has some modules of a layer of the vision tower without the others, which no --targets names; "
            + "train it further where it was made", exitStatus: 65)
      }
      throw Refusal(
        "\(path): the adapter has \(present.label), but the run's targets are \(plan.targets.label); "
          + "give --targets \(present.label)", exitStatus: 65)
    }
    // Where an adapter acts is the run's own choice, whatever it was trained to do before.
    return (try adapter.acting(promptOnly: plan.settings.promptOnly), notes)
  }
}

/// One line on a run's data: its form, how it is written out, and what did not fit.
enum DataNote {
  static func text(
    detected: String, rendering: String, facts: [String] = [], dataset: TokenizedDataset, withoutAnswers: [Int] = [],
    sequenceLength: Int, placeName: String
  ) -> String {
    var parts = ["\(detected), \(rendering)"]
    if dataset.truncated > 0 { parts.append("\(dataset.truncated) cut at \(sequenceLength) tokens") }
    let empty = Set(withoutAnswers)
    let cut = dataset.leftOut.filter { !empty.contains($0) }
    if !cut.isEmpty {
      parts.append("\(cut.count) left out with nothing to learn in that length \(LeftOutNotes.places(cut, placeName))")
    }
    return (parts + dataset.notes + facts).joined(separator: "; ")
  }
}
