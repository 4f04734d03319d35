import Kernels

/// The trainable half of a LoRA model: one pair of low-rank matrices for each target.
public final class LoRAAdapter: Sendable {
  public let specification: LoRASpecification
  public let configuration: ModelConfiguration
  /// In path order.
  public let modules: [LoRAModule]
  private let byPath: [ModulePath: LoRAModule]

  /// PEFT's initial values: A Kaiming-uniform with a = √5, that is uniform in ±1/√in; B zero.
  public init(
    specification: LoRASpecification, configuration: ModelConfiguration, seed: UInt64
  ) throws(AdapterError) {
    try specification.validate(in: configuration)
    self.specification = specification
    self.configuration = configuration
    var modules: [LoRAModule] = []
    for path in specification.targets {
      let shape = path.module.shape(in: configuration)
      let module = LoRAModule(
        path: path, rank: specification.rank(of: path), scaling: specification.scaling(of: path), rows: shape.rows,
        columns: shape.columns)
      // A generator of its own for every module, so that a module starts alike whatever else is a target.
      let stream = UInt64(path.layer) &* 7 &+ path.module.stream
      var generator = SeededGenerator(seed: seed, stream: stream)
      let bound = 1 / Float(shape.columns).squareRoot()
      for index in 0..<module.a.count {
        module.a.pointer[index] = (2 * generator.nextUnitFloat() - 1) * bound
      }
      modules.append(module)
    }
    self.modules = modules
    byPath = Dictionary(uniqueKeysWithValues: modules.map { ($0.path, $0) })
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
      modules: modules.map { module in
        let copy = LoRAModule(
          path: module.path, rank: module.rank, scaling: module.scaling, rows: module.rows, columns: module.columns)
        copy.a.pointer.update(from: module.a.pointer, count: module.a.count)
        copy.b.pointer.update(from: module.b.pointer, count: module.b.count)
        return copy
      })
  }

  public subscript(path: ModulePath) -> LoRAModule? { byPath[path] }

  public var parameterCount: Int { modules.reduce(0) { $0 + $1.a.count + $1.b.count } }
}
