import Kernels
import Recipe

/// How much longer a linear layer makes the features of a text than random directions: the normalised feature norms of PLoP (Hayou,
/// Ghosh and Yu, arXiv 2506.20629), as the authors' `calculate_nfn_scores` defines them. Forward only, and without labels.
///
/// For W `[out, in]`, divided by the root mean square of its elements, and an input z of any position, divided by its length, the norm
/// ‖W·z‖ is averaged over positions, and in the same way over random directions z. A bias has no part in it. The authors divide both by
/// `in` besides, which their ratio does not keep.
public final class FeatureNorms: Sendable {
  /// Of one linear layer.
  public struct Norm: Sendable, Equatable {
    public var path: ModulePath
    /// Mean over all positions.
    public var features: Double
    /// Mean over the random directions.
    public var random: Double
  }

  private let base: BaseModel
  private let pass: ForwardPass
  private let tally: Tally

  /// - Parameters:
  ///   - directions: random ones, the same for all layers with inputs of one width.
  ///   - seed: decides them.
  public init(base: BaseModel, directions: Int = 256, seed: UInt64 = 0, team: WorkerTeam) {
    self.base = base
    pass = ForwardPass(base: base, adapter: nil)
    tally = Tally(base)
    tally.measureRandom(directions: max(1, directions), seed: seed, team: team)
  }

  /// Runs prompts together, and counts all their positions.
  ///
  /// - Parameter prompts: of tokens and images that this model has (`TokenBatch.check(in:)`); a few hundred tokens of them.
  /// - Throws: `DecoderError.memory`.
  public func add(_ prompts: [Prompt], team: WorkerTeam) throws(DecoderError) {
    let prompts = prompts.filter { !$0.tokens.isEmpty }
    let tokens = prompts.reduce(0) { $0 + $1.tokens.count }
    guard tokens > 0 else { return }
    try ForwardPass.checkMemory(
      base.configuration, tokens: tokens, headRows: tokens, longest: prompts.map(\.tokens.count).max() ?? 0,
      resultBytes: tally.byteCount(rows: tokens))
    pass.prepare(prompts, everyRow: true)
    tally.reserve(rows: tokens)
    let (pass, tally) = (pass, tally)
    team.run { w in
      _ = pass.run(w, onInput: { w, layer, linear, x in tally.add(w, layer: layer, linear: linear, x: x) })
    }
    tally.positions += tokens
  }

  /// Positions so far.
  public var positions: Int { tally.positions }

  /// In path order; empty before the first prompt.
  public var norms: [Norm] {
    guard tally.positions > 0 else { return [] }
    return base.blocks.indices.flatMap { layer in
      base.configuration.modules(of: layer).map { module in
        let path = ModulePath(layer: layer, module: module)
        let place = tally.place(layer, module)
        let scale = tally.inverseScales[place]
        return Norm(
          path: path, features: scale * tally.sums[place] / Double(tally.positions),
          random: scale * tally.random[place])
      }
    }
    .sorted { $0.path < $1.path }
  }
}

/// Sums of ‖W·x‖ ÷ ‖x‖ for each layer.
///
/// `@unchecked Sendable`: its arrays change outside regions and in worker 0's hands between two barriers; the rows of its room
/// are written by the workers that their shards go to.
private final class Tally: @unchecked Sendable {
  private static let modules = LinearModule.allCases.count
  /// What is added to the length of an input, as the authors add it.
  private static let epsilon = 1e-8
  private static let rowsPerShard = 16

  private let base: BaseModel
  private let width: Int
  /// `[T, out]`
  private let product = FloatStore()
  /// `[T]` ‖W·x‖ ÷ ‖x‖.
  private let ratios = FloatStore()
  var positions = 0
  /// By `place`: over all positions so far, the mean over random directions, and 1 ÷ the root mean square of W.
  private(set) var sums: [Double]
  private(set) var random: [Double]
  private(set) var inverseScales: [Double]

  init(_ base: BaseModel) {
    self.base = base
    let count = base.blocks.count * Self.modules
    sums = Array(repeating: 0, count: count)
    random = sums
    inverseScales = sums
    width = base.configuration.modules.map { $0.shape(in: base.configuration).rows }.max() ?? 0
    for (layer, block) in base.blocks.enumerated() {
      for module in base.configuration.modules {
        guard let weight = block[module] else { continue }
        let squares = RowNorms.squares(of: weight).reduce(0, +)
        let scale = (squares / Double(max(1, weight.rows * weight.columns))).squareRoot()
        inverseScales[place(layer, module)] = 1 / (scale + Self.epsilon)
      }
    }
  }

  func place(_ layer: Int, _ module: LinearModule) -> Int { layer * Self.modules + module.index }

  func byteCount(rows: Int) -> Int { InferenceMemory.floats([rows, width + 1]) }

  func reserve(rows: Int) {
    product.reserve(rows, width)
    ratios.reserve(rows, 1)
  }

  /// Called by every worker; ends with a barrier.
  func add(_ w: Worker, layer: Int, linear: PassLinear, x: Rows) {
    let sum = sum(w, weight: linear.weight, x: x)
    if w.index == 0 { sums[place(layer, linear.module)] += sum }
  }

  /// Standard normal numbers have no preferred direction.
  func measureRandom(directions: Int, seed: UInt64, team: WorkerTeam) {
    reserve(rows: directions)
    let linears = base.blocks.indices.flatMap { layer in
      base.configuration.modules.compactMap { module in
        base.blocks[layer][module].map { (place: place(layer, module), weight: $0) }
      }
    }
    for (columns, group) in Dictionary(grouping: linears, by: \.weight.columns) {
      var normal = NormalGenerator(seed: seed, stream: UInt64(columns))
      let numbers = FloatBuffer(count: directions * columns)
      for index in 0..<numbers.count { numbers.pointer[index] = normal.next() }
      let x = Rows(numbers.pointer, rows: directions, columns: columns)
      team.run { [self] w in
        for (place, weight) in group {
          let sum = sum(w, weight: weight, x: x)
          if w.index == 0 { random[place] = sum / Double(directions) }
        }
      }
    }
  }

  /// Σ ‖W·x‖ ÷ ‖x‖ over the rows of x, in their order; the same on every worker.
  private func sum(_ w: Worker, weight: WeightMatrix, x: Rows) -> Double {
    let y = product.rows(x.rows, weight.rows)
    let ratios = ratios.pointer
    MatMul.forward(w, x: x, weight: weight, into: y)
    w.forEachShard((x.rows + Self.rowsPerShard - 1) / Self.rowsPerShard) { shard in
      for row in shard * Self.rowsPerShard..<min(x.rows, (shard + 1) * Self.rowsPerShard) {
        ratios[row] = Float(Self.length(y.row(row), y.columns) / (Self.length(x.row(row), x.columns) + Self.epsilon))
      }
    }
    w.barrier()
    var sum = 0.0
    for row in 0..<x.rows { sum += Double(ratios[row]) }
    // Nobody writes the room anew before all have read it.
    w.barrier()
    return sum
  }

  private static func length(_ values: UnsafePointer<Float>, _ count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += Double(values[index]) * Double(values[index]) }
    return sum.squareRoot()
  }
}
