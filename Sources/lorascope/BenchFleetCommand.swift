import Analysis
import ArgumentParser
import Engine
import Foundation
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

struct BenchFleetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet",
    abstract:
      "Many adapters in one batch, by module set: the overhead over the same batch without, beside what the bytes say.",
    discussion: """
      Prints a table in Markdown. With --rows each figure is kept in a file as soon as it is measured, and the same command goes on where \
      the file ends; a figure of a busy machine is measured again.
      """)

  @Option(help: ArgumentHelp("'builtin', a Hugging Face model folder, or a GGUF file.", valueName: "builtin|dir"))
  var model: String?
  @Option(help: "Random weights of this shape (default: 135M, unless --model is given).")
  var shape: BenchmarkShape?
  @Option(help: "float32 or bfloat16 weights of that shape.") var element = WeightElement.bfloat16
  @Option(help: ArgumentHelp("Sequences in a batch, each with an adapter.", valueName: "n,…")) var adapters =
    "1,2,4,8,16"
  @Option(help: "Who has which: distinct, uniform, skewed or identical.") var mix = AdapterMix.distinct
  @Option(help: "'all', 'article' or 'qkv;o_proj+fc2' with semicolons between.") var targets = "all"
  @Option(help: "Rank of every adapter.") var rank = 16
  @Option(help: ArgumentHelp("What steps read A and B in.", valueName: "fp32|bf16")) var adapterDtype = AdapterType.fp32
  @Option(help: "Tokens in the cache before the first measured one.") var promptLength = 64
  @Option(help: "Measured tokens of a block.") var tokens = 16
  @Option(help: "Seconds for one figure after which no new round begins; three are taken in any case.") var timeCap =
    30.0
  @Option(help: "Stop when the interval is this narrow to either side, percentage points.") var halfWidth = 1.0
  @Option(help: ArgumentHelp("Keep figures in this file, and go on where it ends.", valueName: "file")) var rows:
    String?
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    _ = try numbers()
    try ArgumentRange.rank(rank)
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(promptLength, "prompt-length", TrainingLimits.positions)
    try ArgumentRange.check(tokens, "tokens", TrainingLimits.positions)
    try ArgumentRange.check(timeCap, "time-cap", NumberRange(over: 0, to: 86_400))
    if shape != nil, model != nil { throw ValidationError("give --model or --shape, not both") }
  }

  private func numbers() throws -> [Int] {
    try BenchEvaluateCommand.numbers(adapters, "adapters", 1...FleetLatencyOptions.mostSequences)
  }

  func run() throws {
    let shape = model == nil ? shape ?? .smolLM2 : nil
    let base =
      try shape.map { try RandomWeights.model(configuration: $0.configuration, seed: 1, element: element) }
      ?? LoadedModel.loadWeights(ModelFlags.reference(model ?? "builtin"))
    let sets = try TargetArgument.parseCombinations(targets, of: base.configuration.linears.groups)
    let name = shape.map { "\($0.rawValue), \(element.rawValue)" } ?? model ?? "builtin"
    let team = LoadedModel.team(threads)
    var kept = try FleetRows(path: rows)
    let line = ProgressLine()
    var measured: [FleetMeasurement] = []
    let wanted = try numbers().flatMap { number in sets.map { (number, $0) } }
    for (place, (number, targets)) in wanted.enumerated() {
      let specification = try LoRASpecification(
        targets: targets, in: base.configuration, rank: rank, alpha: Float(rank))
      let key = FleetMeasurement.Key(
        baseFingerprint: "\(name), prompts of \(promptLength)", targets: targets,
        parameters: specification.parameterCount(in: base.configuration), useDoRA: false, sequences: number, mix: mix,
        type: adapterDtype, machine: Engine.machine, threads: team.threads)
      if let known = kept.quiet(key) {
        measured.append(known)
        continue
      }
      let options = FleetLatencyOptions(
        latency: LatencyOptions(
          promptLength: promptLength, tokensPerBlock: tokens, minimumRounds: 5, timeCap: timeCap,
          targetHalfWidth: halfWidth), sequences: [number], mix: mix)
      let label = "[\(place + 1)/\(wanted.count)] \(number) × \(targets.label)"
      let result = try FleetTiming.measure(
        base: base,
        adapters: try FleetAdapters.random(options.adaptersNeeded, specification, of: base, type: adapterDtype),
        options: options, team: team
      ) { progress in
        line.show(
          label, fraction: min(1, progress.seconds / progress.timeCap), detail: "round \(progress.round)")
        return true
      }
      guard let latency = result?.first else { continue }
      let measurement = FleetMeasurement(
        key: key, latency: latency, model: name, time: Date().timeIntervalSince1970)
      measured.append(measurement)
      try kept.add(measurement)
    }
    line.finish()
    if json.json {
      return try JSONOutput.print(Report(model: name, rank: rank, fleets: measured.map { FleetFigures($0) }))
    }
    print(
      "\(name)\(shape == nil ? "" : " weights"), r = \(rank), \(mix.rawValue), \(adapterDtype.rawValue) adapters, \(team.threads) threads, \(Engine.machine): overhead over the same batch without adapters, "
        + "percent, and in brackets what the bytes say\n")
    StandardStreams.writeExact(FleetGrid.markdown(measured))
  }

  struct Report: Encodable {
    var model: String
    var rank: Int
    var fleets: [FleetFigures]
  }
}

/// Figures that earlier calls have measured: a JSON object a line.
struct FleetRows {
  private let path: String?
  private var measurements: [FleetMeasurement] = []

  /// - Parameter path: nil keeps nothing.
  init(path: String?) throws {
    self.path = path.map(Paths.absolute)
    guard let file = self.path, FileManager.default.fileExists(atPath: file) else { return }
    let text = String(decoding: try StandardStreams.contents(of: file), as: UTF8.self)
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty
    {
      guard let known = try? JSONDecoder().decode(FleetMeasurement.self, from: Data(line.utf8)) else {
        throw CommandError(
          "\(file), line \(index + 1): no figure of `bench fleet`; name another file with --rows", status: 65)
      }
      measurements.append(known)
    }
  }

  /// The newest figure of a kind, unless the machine was busy.
  func quiet(_ key: FleetMeasurement.Key) -> FleetMeasurement? {
    measurements.last { $0.key == key && !$0.latency.isBusy }
  }

  /// Keeps a figure; the file is whole at every moment.
  mutating func add(_ measurement: FleetMeasurement) throws {
    guard let path else { return }
    measurements.removeAll { $0.key == measurement.key }
    measurements.append(measurement)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes: [UInt8] = []
    for one in measurements { bytes += try encoder.encode(one) + [UInt8(ascii: "\n")] }
    try OutputFile.save(bytes, to: path)
  }
}
