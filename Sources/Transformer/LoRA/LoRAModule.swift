import Kernels

/// The adapter of one linear layer: y = W·x + scaling · B·(A·x).
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
  private let gradients: LazyGradients

  init(path: ModulePath, rank: Int, scaling: Float, rows: Int, columns: Int) {
    self.path = path
    self.rank = rank
    self.scaling = scaling
    self.rows = rows
    self.columns = columns
    a = FloatBuffer(count: rank * columns)
    b = FloatBuffer(count: rows * rank)
    gradients = LazyGradients(aCount: rank * columns, bCount: rows * rank)
  }

  /// Gradient of the loss in A, `[rank, columns]`; allocated when it is first asked for.
  public var gradA: FloatBuffer { gradients.pair.a }
  /// Gradient of the loss in B, `[rows, rank]`; allocated when it is first asked for.
  public var gradB: FloatBuffer { gradients.pair.b }

  var aRows: Rows { Rows(a.pointer, rows: rank, columns: columns) }
  var bRows: Rows { Rows(b.pointer, rows: rows, columns: rank) }
}
