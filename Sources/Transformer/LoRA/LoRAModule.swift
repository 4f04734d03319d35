import Kernels
import Recipe

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
  /// `[rows]` DoRA's m; nil for plain LoRA.
  public let magnitude: FloatBuffer?
  private let gradients: LazyGradients

  init(path: ModulePath, rank: Int, scaling: Float, rows: Int, columns: Int, hasMagnitude: Bool) {
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
  func copy() -> LoRAModule {
    let copy = LoRAModule(
      path: path, rank: rank, scaling: scaling, rows: rows, columns: columns, hasMagnitude: magnitude != nil)
    copy.a.pointer.update(from: a.pointer, count: a.count)
    copy.b.pointer.update(from: b.pointer, count: b.count)
    if let magnitude { copy.magnitude?.pointer.update(from: magnitude.pointer, count: magnitude.count) }
    return copy
  }
}
