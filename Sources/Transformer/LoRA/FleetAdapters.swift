import Kernels
import Recipe

/// Adapters of one kind, each with values and memory of its own: what many of them cost does not depend on what they have learned.
public enum FleetAdapters {
  /// As many adapters of random values as are asked for, no two alike.
  ///
  /// - Throws: `AdapterError`, and `MemoryShortage` before anything large is allocated.
  public static func random(
    _ count: Int, _ specification: LoRASpecification, of base: BaseModel, type: AdapterType = .fp32
  ) throws -> [LoRAAdapter] {
    try checkMemory(count, specification, in: base.configuration)
    return try (0..<count).map { index in
      let adapter = try LoRAAdapter(specification: specification, base: base, seed: UInt64(index))
      var normal = NormalGenerator(seed: UInt64(index), stream: 1)
      for module in adapter.modules {
        for place in 0..<module.b.count { module.b.pointer[place] = 0.01 * normal.next() }
      }
      return type == .bf16 ? adapter.rounded() : adapter
    }
  }

  /// Copies of an adapter, the first with its own values, each further one with a B that is a little larger.
  ///
  /// - Throws: `MemoryShortage` before anything large is allocated.
  public static func copies(
    _ count: Int, of adapter: LoRAAdapter, type: AdapterType = .fp32
  ) throws -> [LoRAAdapter] {
    try checkMemory(count, adapter.specification, in: adapter.configuration)
    return (0..<count).map { index in
      let copy = adapter.snapshot()
      let factor = 1 + Float(index) / 1024
      for module in copy.modules { for place in 0..<module.b.count { module.b.pointer[place] *= factor } }
      return type == .bf16 ? copy.rounded() : copy
    }
  }

  private static func checkMemory(
    _ count: Int, _ specification: LoRASpecification, in configuration: ModelConfiguration
  ) throws {
    let each = MemoryLayout<Float>.stride * specification.parameterCount(in: configuration)
    try MemoryShortage.check(
      InferenceMemory.floats([count, specification.parameterCount(in: configuration)]), for: "\(count) adapters"
    ) { room in
      "give --adapters \(max(1, room / max(1, each))) or a smaller --rank"
    }
  }
}
