import Builtin
import Foundation
import HuggingFace
import Messages
import Recipe
import Text
import Training
import Transformer

/// Starts the PEFT engine for a run and hands it the base and the adapter that it begins with.
struct PEFTLaunch {
  let id: RunID
  let plan: RunPlan
  let environment: RunEnvironment
  let control: RunControl
  let threads: Int

  private var folder: URL { environment.folder.run(id) }
  private var start: URL { folder.appending(path: "peft-start", directoryHint: .isDirectory) }

  /// A worker that has all that the run needs of its interpreter.
  ///
  /// - Throws: `PEFTWorkerError`, `PEFTWorker.CalledOff`.
  func worker() throws -> PEFTWorker {
    if case .folder(let path) = plan.model, GGUFFile.path(of: URL(filePath: path)) != nil {
      throw PEFTWorkerError.unfit(
        "\(OneLine.text(path)): PEFT trains on a Hugging Face folder, not on a GGUF file; leave --engine peft out")
    }
    let worker = try PEFTWorker(python: plan.settings.python, folder: folder, control: control)
    do {
      try worker.environment.check()
      _ = try worker.environment.device(plan.settings)
    } catch {
      worker.end()
      throw error
    }
    return worker
  }

  /// Bytes that the worker will need on this machine beside what this program has: weights, activations and the adapter with its
  /// moments. On a GPU they are the GPU's.
  func memory(_ need: RunMemory, _ worker: PEFTWorker) throws -> Int {
    guard try worker.environment.device(plan.settings) == .cpu else { return need.adapter }
    let base = try environment.bases.base(plan.model)
    return need.total + base.model.parameterCount * (plan.settings.useBF16 ? 2 : 4)
  }

  /// Reads base and adapter there.
  ///
  /// - Parameter adapter: nil for the base alone.
  func load(_ worker: PEFTWorker, base: LoadedBase, adapter: LoRAAdapter?) throws {
    let (settings, options) = (plan.settings, TrainingOptions(plan.settings, threads: threads))
    var request = PEFTPlanRequest(
      model: base.folder.path, device: try worker.environment.device(settings).rawValue, threads: threads,
      loadIn: settings.loadIn?.rawValue, bf16: settings.useBF16, sees: base.model.configuration.vision != nil)
    if let adapter {
      try PEFTAdapterFolder.write(adapter, to: start, baseModelName: base.folder.path)
      request.adapter = start.path
      request.modules = adapter.modules.map { module in
        let rate = options.rate(of: module.path.group)
        return PEFTPlanRequest.Module(
          module: adapter.configuration.name(of: module.path), slot: AdapterOptimizer.slotName(of: module),
          rateA: rate, rateB: rate * options.ratio(of: module.path.group))
      }
      (request.seed, request.epsilon) = (settings.seed, options.epsilon)
      request.betas = [options.beta1, options.beta2]
      (request.weightDecay, request.clip) = (settings.weightDecay, settings.clip)
    }
    defer { try? FileManager.default.removeItem(at: start) }
    try worker.load(request, parameters: adapter?.parameterCount ?? 0)
  }

  /// What the run's results come from, in a line for its log.
  func words(_ worker: PEFTWorker) throws -> String {
    let own = worker.environment
    let device = try own.device(plan.settings)
    let versions = PEFTEnvironment.tried.dropLast().compactMap { name, _ in own.packages[name].map { "\(name) \($0)" } }
    let place = device == .cuda ? own.gpus.first?.name ?? "cuda" : "the processor, \(threads) threads"
    return OneLine.text("PEFT computes: \(versions.joined(separator: ", ")), Python \(own.version), on \(place)")
  }

  /// What `PreparedRun.instructionSet` says: with whose kernels the run computes.
  func instructionSet(_ worker: PEFTWorker) throws -> String {
    "peft-\(try worker.environment.device(plan.settings).rawValue)"
  }

  /// What latencies are measured on.
  func machine(_ worker: PEFTWorker) throws -> String {
    worker.environment.label(
      try worker.environment.device(plan.settings), bf16: plan.settings.useBF16, processor: Machine.identity)
  }
}
