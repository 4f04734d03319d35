import Kernels
import Recipe
import Transformer

/// ‖∂L/∂B‖² of every linear layer at B = 0, for several starts of A.
///
/// With y = W·x + s·B·A·x the gradient in B is s·Σ dy·(A·x)ᵀ over positions. Where B is zero the adapters add nothing, so that dy and x are
/// the base's own: no module's gradient depends on which others are adapted, or on another start of A. Hence the energy of a set of
/// modules is the sum of theirs, and several starts go through the model as one adapter: their A below one another, of which each has
/// its own columns of the gradient. PAGE (arXiv 2605.06183) is the mean of this over batches.
public final class GradientEnergy {
  /// Ranks of stacked starts together, at most: a larger adapter would cost more than another pass.
  private static let stackedRank = 64

  private let base: BaseModel
  /// Each with so many starts, in order.
  private let stacks: [(pass: LoRATrainingPass, starts: Int)]
  private let team: WorkerTeam

  /// - Parameters:
  ///   - specification: of a run's adapter: which modules, and of each the rank and the scaling. DoRA and dropout are left out.
  ///   - seeds: of the starts: A is that of a run with this seed.
  /// - Throws: `AdapterError` for modules that the base does not have.
  public convenience init(
    base: BaseModel, specification: LoRASpecification, seeds: [UInt64], arithmetic: ProductArithmetic = .float32,
    team: WorkerTeam
  ) throws {
    let rank = specification.targets.map(specification.rank(of:)).max() ?? 1
    let size = max(1, Self.stackedRank / max(1, rank))
    let adapters = try seeds.map { seed in
      try LoRAAdapter(
        specification: Self.plain(specification, starts: 1), configuration: base.configuration, seed: seed)
    }
    try self.init(base: base, starts: adapters, size: size, arithmetic: arithmetic, team: team)
  }

  /// The starts as adapters on the same modules, whose B is taken to be zero.
  package convenience init(
    base: BaseModel, starts: [LoRAAdapter], arithmetic: ProductArithmetic = .float32, team: WorkerTeam
  ) throws {
    try self.init(base: base, starts: starts, size: max(1, starts.count), arithmetic: arithmetic, team: team)
  }

  private init(
    base: BaseModel, starts: [LoRAAdapter], size: Int, arithmetic: ProductArithmetic, team: WorkerTeam
  ) throws {
    self.base = base
    self.team = team
    stacks = try stride(from: 0, to: starts.count, by: size).map { first in
      let part = starts[first..<min(first + size, starts.count)]
      return (
        try LoRATrainingPass(base: base, adapter: try Self.stack(Array(part)), arithmetic: arithmetic), part.count
      )
    }
  }

  /// Bytes of the adapters and their gradients.
  static func byteCount(_ specification: LoRASpecification, in configuration: ModelConfiguration, starts: Int) -> Int {
    let parameters = plain(specification, starts: 1).parameterCount(in: configuration)
    // Values, their gradients, and each start before it was stacked.
    return 3 * MemoryLayout<Float>.stride * parameters * starts
  }

  /// Without what is not measured, and for so many starts together, with the scaling that each has alone.
  static func plain(_ specification: LoRASpecification, starts: Int) -> LoRASpecification {
    var ranks: [ModulePath: Int] = [:]
    var alphas: [ModulePath: Float] = [:]
    for path in specification.targets {
      let rank = specification.rank(of: path) * starts
      ranks[path] = rank
      alphas[path] = specification.scaling(of: path) * Float(rank)
    }
    var plain = LoRASpecification(
      targets: specification.targets, rank: specification.rank * starts, alpha: specification.alpha * Float(starts),
      rankPattern: ranks, alphaPattern: alphas)
    plain.promptOnly = specification.promptOnly
    return plain
  }

  private static func stack(_ starts: [LoRAAdapter]) throws(AdapterError) -> LoRAAdapter {
    guard let first = starts.first else { throw .noTargets }
    let stacked = try LoRAAdapter(
      specification: plain(first.specification, starts: starts.count), configuration: first.configuration, seed: 0)
    for module in stacked.modules {
      var row = 0
      for start in starts {
        guard let own = start[module.path] else { continue }
        (module.a.pointer + row * module.columns).update(from: own.a.pointer, count: own.a.count)
        row += own.rank
      }
    }
    return stacked
  }

  /// What one batch gives.
  public struct Batch: Sendable, Equatable {
    /// Mean loss over the batch's loss tokens, nats.
    public var loss: Double
    /// `[starts]` energies of each module, in path order; not finite where the gradient is not.
    public var energies: [ModulePath: [Double]]
  }

  /// Forward and backward for each stack of starts.
  ///
  /// - Parameter batch: accepted by `TokenBatch.check(in:)`.
  public func measure(_ batch: TokenBatch) -> Batch {
    var result = Batch(loss: 0, energies: [:])
    for (pass, starts) in stacks {
      let modules = pass.adapter.modules
      let sums = EnergySums(count: modules.count * starts)
      team.run { w in
        pass.lossAndGradients(batch, worker: w)
        w.forEachShard(modules.count) { index in sums.add(modules[index], at: index * starts, starts: starts) }
        w.barrier()
      }
      result.loss = pass.lossSum / Double(max(1, pass.lossTokens))
      for (index, module) in modules.enumerated() {
        result.energies[module.path, default: []] += sums.values[index * starts..<(index + 1) * starts]
      }
    }
    return result
  }
}

/// Squares of gradients in B, added up by module and start.
///
/// `@unchecked Sendable`: each module's places are written by the one worker that its shard goes to, and read after the region.
private final class EnergySums: @unchecked Sendable {
  private let pointer: UnsafeMutablePointer<Double>
  private let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(1, count))
    pointer.initialize(repeating: 0, count: max(1, count))
  }

  deinit { pointer.deallocate() }

  var values: [Double] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  func add(_ module: LoRAModule, at place: Int, starts: Int) {
    let gradient = module.gradB.pointer
    let rank = module.rank / starts
    for start in 0..<starts {
      var sum = 0.0
      for row in 0..<module.rows {
        let values = gradient + row * module.rank + start * rank
        for column in 0..<rank { sum += Double(values[column]) * Double(values[column]) }
      }
      pointer[place + start] = sum
    }
  }
}
