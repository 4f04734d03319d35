import Kernels
import Recipe
import Synchronization

/// The trainable half of a LoRA model: one pair of low-rank matrices for each target.
public final class LoRAAdapter: Sendable {
  public let specification: LoRASpecification
  public let configuration: ModelConfiguration
  /// In path order.
  public let modules: [LoRAModule]
  private let byPath: [ModulePath: LoRAModule]

  /// PEFT's initial values: A Kaiming-uniform with a = √5, that is uniform in ±1/√in; B zero. DoRA's magnitudes depend on the
  /// base: they are zero until they are read from a file, or until `init(specification:base:seed:)` sets them.
  public init(
    specification: LoRASpecification, configuration: ModelConfiguration, seed: UInt64
  ) throws(AdapterError) {
    try specification.validate(in: configuration)
    self.specification = specification
    self.configuration = configuration
    var modules: [LoRAModule] = []
    for path in specification.targets {
      let shape = path.shape(in: configuration)
      let module = LoRAModule(
        path: path, rank: specification.rank(of: path), scaling: specification.scaling(of: path), rows: shape.rows,
        columns: shape.columns, hasMagnitude: specification.useDoRA)
      // A generator of its own for every module, so that a module starts alike whatever else is a target.
      var generator = SeededGenerator(seed: seed, stream: path.stream)
      let bound = 1 / Float(shape.columns).squareRoot()
      for index in 0..<module.a.count {
        module.a.pointer[index] = (2 * generator.nextUnitFloat() - 1) * bound
      }
      modules.append(module)
    }
    self.modules = modules
    byPath = Dictionary(uniqueKeysWithValues: modules.map { ($0.path, $0) })
  }

  /// PEFT's initial values for a base: DoRA's magnitudes are the norms of its weights' rows, so that the adapter changes
  /// nothing yet.
  public convenience init(
    specification: LoRASpecification, base: BaseModel, seed: UInt64
  ) throws(AdapterError) {
    try self.init(specification: specification, configuration: base.configuration, seed: seed)
    for module in modules {
      guard let magnitude = module.magnitude, let weight = base[module.path] else {
        continue
      }
      for (row, square) in RowNorms.squares(of: weight).enumerated() {
        magnitude.pointer[row] = Float(square.squareRoot())
      }
    }
  }

  /// - Parameter modules: those of the specification's targets, in path order.
  init(specification: LoRASpecification, configuration: ModelConfiguration, modules: [LoRAModule]) {
    self.specification = specification
    self.configuration = configuration
    self.modules = modules
    byPath = Dictionary(uniqueKeysWithValues: modules.map { ($0.path, $0) })
  }

  /// A copy of the present values, which further training does not change.
  public func snapshot() -> LoRAAdapter {
    LoRAAdapter(
      specification: specification, configuration: configuration,
      modules: modules.map { $0.copy() })
  }

  /// The same matrices, acting on prompts alone or always.
  ///
  /// - Throws: `AdapterError` for DoRA that is to act on prompts alone.
  package func acting(promptOnly: Bool) throws(AdapterError) -> LoRAAdapter {
    if specification.promptOnly == promptOnly { return self }
    var other = specification
    other.promptOnly = promptOnly
    try other.validate(in: configuration)
    return LoRAAdapter(specification: other, configuration: configuration, modules: modules)
  }

  /// The same adapter with A and B rounded to bfloat16, to nearest; DoRA's magnitudes stay as they are. A decoder that streams weights keeps and
  /// reads its A and B as bfloat16, those without DoRA.
  public func rounded() -> LoRAAdapter {
    LoRAAdapter(
      specification: specification, configuration: configuration, modules: modules.map { $0.copy(as: .bfloat16) })
  }

  /// What a decoder keeps A and B in.
  public var element: WeightElement { modules.allSatisfy { $0.element == .bfloat16 } ? .bfloat16 : .float32 }

  public subscript(path: ModulePath) -> LoRAModule? { byPath[path] }

  public var parameterCount: Int { modules.reduce(0) { $0 + $1.parameterCount } }
}

/// The adapter of one linear layer: y = W·x + scaling · B·(A·x), or with DoRA that sum times m / ‖W + scaling · B·A‖ for
/// each output.
public final class LoRAModule: Sendable {
  public let path: ModulePath
  public let rank: Int
  public let scaling: Float
  /// Input features.
  public let columns: Int
  /// Output features.
  public let rows: Int
  /// `[rank, columns]`
  public let a: FloatBuffer
  /// `[rows, rank]`
  public let b: FloatBuffer
  /// What a decoder that streams weights keeps A and B in; where it is bfloat16 they hold nothing else.
  public let element: WeightElement
  /// `[rows]` DoRA's m; nil for plain LoRA.
  public let magnitude: FloatBuffer?
  private let gradients: LazyGradients

  init(
    path: ModulePath, rank: Int, scaling: Float, rows: Int, columns: Int, hasMagnitude: Bool,
    element: WeightElement = .float32
  ) {
    self.element = element
    self.path = path
    self.rank = rank
    self.scaling = scaling
    self.rows = rows
    self.columns = columns
    a = FloatBuffer(count: rank * columns)
    b = FloatBuffer(count: rows * rank)
    magnitude = hasMagnitude ? FloatBuffer(count: rows) : nil
    gradients = LazyGradients(aCount: rank * columns, bCount: rows * rank, magnitudeCount: hasMagnitude ? rows : nil)
  }

  /// Gradient of the loss in A, `[rank, columns]`; allocated when it is first asked for.
  public var gradA: FloatBuffer { gradients.buffers.a }
  /// Gradient of the loss in B, `[rows, rank]`; allocated when it is first asked for.
  public var gradB: FloatBuffer { gradients.buffers.b }
  /// Gradient of the loss in the magnitudes, `[rows]`; nil without DoRA.
  public var gradMagnitude: FloatBuffer? { magnitude == nil ? nil : gradients.buffers.magnitude }

  public var parameterCount: Int { a.count + b.count + (magnitude?.count ?? 0) }

  var aRows: Rows { Rows(a.pointer, rows: rank, columns: columns) }
  var bRows: Rows { Rows(b.pointer, rows: rows, columns: rank) }

  /// A copy of the present values.
  ///
  /// - Parameter element: bfloat16 rounds A and B; nil leaves them as they are.
  func copy(as element: WeightElement? = nil) -> LoRAModule {
    let copy = LoRAModule(
      path: path, rank: rank, scaling: scaling, rows: rows, columns: columns, hasMagnitude: magnitude != nil,
      element: element ?? self.element)
    copy.a.pointer.update(from: a.pointer, count: a.count)
    copy.b.pointer.update(from: b.pointer, count: b.count)
    if element == .bfloat16 {
      for buffer in [copy.a, copy.b] {
        for place in 0..<buffer.count {
          buffer.pointer[place] = Float(bitPattern: UInt32(WeightElement.bfloat16(buffer.pointer[place])) << 16)
        }
      }
    }
    if let magnitude { copy.magnitude?.pointer.update(from: magnitude.pointer, count: magnitude.count) }
    return copy
  }
}

/// The gradient buffers of a module, made when training first asks: adapters that only decode never have them.
final class LazyGradients: Sendable {
  struct Buffers: Sendable {
    let a: FloatBuffer
    let b: FloatBuffer
    let magnitude: FloatBuffer?
  }

  private let aCount: Int
  private let bCount: Int
  private let magnitudeCount: Int?
  private let made = Mutex<Buffers?>(nil)

  /// - Parameter magnitudeCount: nil without DoRA.
  init(aCount: Int, bCount: Int, magnitudeCount: Int?) {
    self.aCount = aCount
    self.bCount = bCount
    self.magnitudeCount = magnitudeCount
  }

  var buffers: Buffers {
    made.withLock { made in
      if let made { return made }
      let buffers = Buffers(
        a: FloatBuffer(count: aCount), b: FloatBuffer(count: bCount),
        magnitude: magnitudeCount.map { FloatBuffer(count: $0) })
      made = buffers
      return buffers
    }
  }
}
