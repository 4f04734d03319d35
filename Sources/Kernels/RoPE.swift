/// Rotary position embedding in the `rotate_half` convention of the Hugging Face models: value `j` of a head turns
/// together with value `j + headSize / 2`.
public enum RoPE {
  /// Turns every head of `x` in place; `inverse` turns back, which is also the gradient.
  /// - Parameters:
  ///   - x: `[T, heads · headSize]`
  ///   - positions: `[T]`, each less than `table.positions`
  public static func apply(
    _ w: Worker, x: Rows, headSize: Int, positions: UnsafePointer<Int32>, table: RoPETable, inverse: Bool
  ) {
    let m = Microkernel.table
    let half = headSize / 2
    let heads = x.columns / headSize
    let sign: Float = inverse ? -1 : 1
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      let cosine = table.cosines + Int(positions[t]) * half
      let sine = table.sines + Int(positions[t]) * half
      for head in 0..<heads {
        let low = x.row(t) + head * headSize
        m.rotate(low, low + half, cosine, sine, sign, half)
      }
    }
  }
}
