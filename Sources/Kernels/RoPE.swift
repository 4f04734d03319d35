/// Rotary position embedding in the `rotate_half` convention of the Hugging Face models: value `j` of a head turns
/// together with value `j + rotaryDimensions / 2`; values from `rotaryDimensions` on stay as they are.
public enum RoPE {
  /// Turns every head of `x` in place; `inverse` turns back and is the gradient, which has the table's attention factor
  /// too.
  /// - Parameters:
  ///   - x: `[T, heads · headSize]`
  ///   - headSize: at least `table.rotaryDimensions`
  ///   - positions: `[T]`, each less than `table.positions`
  public static func apply(
    _ w: Worker, x: Rows, headSize: Int, positions: UnsafePointer<Int32>, table: RoPETable, inverse: Bool
  ) {
    let m = Microkernel.table
    let half = table.rotaryDimensions / 2
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
