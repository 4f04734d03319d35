import Kernels
import Recipe

/// ‖s·B·A‖² of every module of an adapter.
///
/// ‖B·A‖² = tr(AᵀBᵀBA) = Σᵢⱼ (BᵀB)ᵢⱼ·(AAᵀ)ᵢⱼ: two `rank × rank` products in place of the weight-sized one. Sums of short stretches are
/// Floats, everything above them Doubles.
public enum ModuleEnergy {
  /// Rows of B, and columns of A, whose products are added up as Floats.
  private static let stretch = 64

  /// Multiplications and additions that `measure` costs, of all modules.
  public static func operations(_ adapter: LoRAAdapter) -> Double {
    adapter.modules.reduce(0) { $0 + Double($1.rank * $1.rank) * (Double($1.rows) + Double($1.columns) / 2) }
  }

  /// Reads the adapter and changes nothing. The same values at any number of threads.
  public static func measure(_ adapter: LoRAAdapter, team: WorkerTeam) -> [ModulePath: Double] {
    let modules = adapter.modules
    let sums = Sums(count: modules.count)
    team.run { w in
      w.claimShards(modules.count) { sums.pointer[$0] = energy(of: modules[$0]) }
    }
    return Dictionary(uniqueKeysWithValues: modules.enumerated().map { ($1.path, sums.pointer[$0]) })
  }

  static func energy(of module: LoRAModule) -> Double {
    let rank = module.rank
    let gram = gramOfColumns(module.b.pointer, rows: module.rows, columns: rank)
    var sum = 0.0
    for i in 0..<rank {
      for j in 0...i {
        let product = dot(
          module.a.pointer + i * module.columns, module.a.pointer + j * module.columns, count: module.columns)
        // Both products are symmetric.
        sum += (i == j ? 1 : 2) * gram[i * rank + j] * product
      }
    }
    // Rounding may leave less than nothing of what is zero.
    let scaling = Double(module.scaling)
    return sum.isNaN ? .infinity : max(0, sum * scaling * scaling)
  }

  /// BᵀB, `[columns, columns]`.
  private static func gramOfColumns(_ b: UnsafePointer<Float>, rows: Int, columns: Int) -> [Double] {
    var totals = [Double](repeating: 0, count: columns * columns)
    var part = [Float](repeating: 0, count: columns * columns)
    for first in stride(from: 0, to: rows, by: stretch) {
      part.withUnsafeMutableBufferPointer { part in
        guard let sums = part.baseAddress else { return }
        sums.update(repeating: 0, count: part.count)
        for row in first..<min(rows, first + stretch) {
          let values = b + row * columns
          for i in 0..<columns {
            let value = values[i]
            let target = sums + i * columns
            for j in 0...i { target[j] += value * values[j] }
          }
        }
      }
      for place in totals.indices { totals[place] += Double(part[place]) }
    }
    return totals
  }

  private static func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Double {
    typealias Lanes = SIMD8<Float>
    var total = 0.0
    for first in stride(from: 0, to: count, by: 8 * stretch) {
      let end = min(count, first + 8 * stretch)
      var sums = Lanes.zero
      var index = first
      while index + 8 <= end {
        let left = UnsafeRawPointer(x + index).loadUnaligned(as: Lanes.self)
        let right = UnsafeRawPointer(y + index).loadUnaligned(as: Lanes.self)
        sums += left * right
        index += 8
      }
      var rest: Float = 0
      while index < end {
        rest += x[index] * y[index]
        index += 1
      }
      total += Double(sums.sum()) + Double(rest)
    }
    return total
  }

  /// One place for each module.
  ///
  /// `@unchecked Sendable`: each place is written by the one worker that claimed it, and read after the region.
  private final class Sums: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Double>
    private let count: Int

    init(count: Int) {
      self.count = count
      pointer = .allocate(capacity: max(1, count))
      pointer.initialize(repeating: 0, count: max(1, count))
    }

    deinit { pointer.deallocate() }
  }
}
