import Foundation
import Recipe
import Training
import Transformer

/// The process in which PEFT computes, and what it can be asked. Belongs to one thread at a time.
final class PEFTWorker {
  /// Seconds for which an order to end waits for a step or a prompt that is under way.
  private static let patience = 60.0

  let environment: PEFTEnvironment
  /// What of it every answer so far has told: bytes in use, and the most of them.
  private(set) var memory: Int?
  private(set) var peakMemory = 0
  /// Without an adapter it answers as the base alone.
  var isAdapted = true
  private let pipe: WorkerPipe
  private let control: RunControl
  let stateFile: URL
  /// Nothing that is under way is worth waiting for.
  private var isPreparing = true

  /// The run's flag ended it before its first step.
  struct CalledOff: Error {}

  /// Starts the worker and waits until it has named its versions.
  ///
  /// - Parameters:
  ///   - python: nil takes `python3` of the search path.
  ///   - folder: of the run; is made where it is missing.
  /// - Throws: `PEFTWorkerError`, `CalledOff`.
  init(python: String?, folder: URL, control: RunControl) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.control = control
    stateFile = folder.appending(path: "peft-state.safetensors")
    let python = python ?? PEFTEnvironment.usualPython
    let log = folder.appending(path: Self.logName)
    pipe = try WorkerPipe(
      python, arguments: ["-c", String(decoding: PackageResources.peft_worker_py, as: UTF8.self)], log: log)
    environment = try Self.hello(python, pipe, log, control)
  }

  static let logName = "peft.log"

  private static func hello(
    _ python: String, _ pipe: WorkerPipe, _ log: URL, _ control: RunControl
  ) throws -> PEFTEnvironment {
    let line = try pipe.line { if control.mustEnd { throw CalledOff() } }
    guard let reply = try? PEFTProtocol.decoder().decode(PEFTReply.self, from: line), reply.type == "hello" else {
      throw PEFTWorkerError.nonsense(start: String(decoding: line.prefix(200), as: UTF8.self), log: log.path)
    }
    guard reply.protocol == PEFTProtocol.version else { throw PEFTWorkerError.version(found: reply.protocol) }
    return PEFTEnvironment(reply, python: python)
  }

  /// Ends the process; nothing of it is left behind but its standard error, where something went wrong.
  func end() {
    if isPreparing || control.order == .discard { return pipe.end(patience: 0) }
    pipe.end()
  }

  // MARK: Asking

  /// - Throws: `PEFTWorkerError`; `CalledOff` where the run's flag ends it while the model is being read.
  private func ask(_ request: some Encodable, for type: String) throws -> PEFTReply {
    let clock = ContinuousClock()
    var asked: ContinuousClock.Instant?
    let line = try pipe.ask(try PEFTProtocol.line(request)) {
      guard control.mustEnd else { return }
      if isPreparing || control.order == .discard { throw CalledOff() }
      let since = asked ?? clock.now
      asked = since
      if (clock.now - since) / .seconds(1) > Self.patience {
        throw PEFTWorkerError.silent(seconds: Int(Self.patience))
      }
    }
    guard let reply = try? PEFTProtocol.decoder().decode(PEFTReply.self, from: line) else { throw nonsense(line) }
    if reply.type == "error" {
      throw PEFTWorkerError.refused(cause: reply.cause ?? "internal", text: reply.text ?? "no reason was given")
    }
    guard reply.type == type else { throw nonsense(line) }
    if let bytes = reply.memory, bytes >= 0 { memory = bytes }
    peakMemory = max(peakMemory, reply.peakMemory ?? 0, memory ?? 0)
    return reply
  }

  private func nonsense(_ line: Data) -> PEFTWorkerError {
    .nonsense(
      start: String(decoding: line.prefix(200), as: UTF8.self),
      log: stateFile.deletingLastPathComponent().appending(path: Self.logName).path)
  }

  private func required<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw nonsense(Data("an answer without \(name)".utf8)) }
    return value
  }

  /// Reads base and adapter.
  ///
  /// - Throws: `PEFTWorkerError.unfit` where it adapts another number of parameters than this program.
  func load(_ plan: PEFTPlanRequest, parameters: Int) throws {
    let reply = try ask(plan, for: "prepared")
    let found = try required(reply.parameters, "parameters")
    guard found == parameters else {
      throw PEFTWorkerError.unfit("PEFT trains \(found) parameters where lorascope plans \(parameters)")
    }
    isAdapted = plan.adapter != nil
    isPreparing = false
  }

  /// Milliseconds of each of so many tokens after the prompt.
  func block(adapted: Bool, prompt: [Int32], tokens: Int) throws -> [Double] {
    let reply = try ask(
      PEFTBlockRequest(adapted: adapted, prompt: prompt, warmup: Latency.warmupTokens, tokens: tokens), for: "block")
    let times = try required(reply.milliseconds, "milliseconds")
    guard times.count == tokens, times.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw nonsense(Data("\(times.count) times of \(tokens) tokens".utf8))
    }
    return times
  }
}

extension PEFTWorker: StepComputing {
  func step(_ batches: [TokenBatch], lossTokens: Int, step: Int, rateFactor: Double) throws -> StepOutcome {
    let reply = try ask(
      PEFTStepRequest(step: step, rateFactor: rateFactor, lossTokens: lossTokens, batches: batches.map(PEFTBatch.init)),
      for: "step")
    let (sum, norm) = (try required(reply.lossSum, "a loss"), try required(reply.gradientNorm, "a gradient norm"))
    let updated = try required(reply.updated, "updated")
    return StepOutcome(lossSum: sum, gradientNorm: norm, updated: updated && sum.isFinite && norm.isFinite)
  }

  func lossSum(_ batch: TokenBatch) throws -> Double {
    try required(try ask(PEFTLossRequest(batch: PEFTBatch(batch)), for: "loss").lossSum, "a loss")
  }

  func save(to file: URL) throws {
    _ = try ask(PEFTFileRequest(type: "save", path: file.path), for: "saved")
  }

  func restore(from file: URL, step: Int) throws {
    _ = try ask(PEFTFileRequest(type: "restore", path: file.path, step: step), for: "restored")
  }
}

extension PEFTWorker: AnswerWriting {
  func write(
    _ prompts: [[Int32]], maxNewTokens: Int, stop: Set<Int32>,
    onAnswer: (_ index: Int, _ tokens: [Int32], _ isFinite: Bool) -> Bool
  ) throws {
    for start in stride(from: 0, to: prompts.count, by: PEFTProtocol.promptsAtOnce) {
      let group = Array(prompts[start..<min(prompts.count, start + PEFTProtocol.promptsAtOnce)])
      let reply = try ask(
        PEFTGenerateRequest(
          adapted: isAdapted, prompts: group, maxNewTokens: maxNewTokens, stop: stop.sorted()), for: "answers")
      let tokens = try required(reply.tokens, "tokens")
      guard tokens.count == group.count, tokens.allSatisfy({ $0.count <= maxNewTokens }) else {
        throw nonsense(Data("\(tokens.count) answers to \(group.count) prompts".utf8))
      }
      for (place, answer) in tokens.enumerated() {
        let isFinite = reply.finite.map { $0.indices.contains(place) && $0[place] } ?? true
        if !onAnswer(start + place, answer, isFinite) { return }
      }
    }
  }
}
