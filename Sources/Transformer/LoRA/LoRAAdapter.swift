import Kernels
import Recipe

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

  private init(specification: LoRASpecification, configuration: ModelConfiguration, modules: [LoRAModule]) {
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

  public subscript(path: ModulePath) -> LoRAModule? { byPath[path] }

  public var parameterCount: Int { modules.reduce(0) { $0 + $1.parameterCount } }
}
