/// Joins squares of neighbouring patches of an image into one row each, as Idefics3's connector does (`pixel_shuffle`): fewer
/// rows, as many values.
public enum PixelShuffle {
  /// Row `(r, c)` of the output is `factor²` patches one after another: those of rows `r·factor …`, columns `c·factor …`.
  /// - Parameters:
  ///   - x: `[images · side², d]`, the patches of each image row by row
  ///   - side: patches along a side of an image; a multiple of `factor`
  ///   - output: `[images · (side / factor)², factor² · d]`
  public static func forward(_ w: Worker, x: Rows, side: Int, factor: Int, into output: Rows) {
    Shards.forEachRow(w, rows: output.rows, columns: output.columns) { token in
      for part in 0..<factor * factor {
        (output.row(token) + part * x.columns).update(
          from: x.row(patch(token, part, side: side, factor: factor)), count: x.columns)
      }
    }
  }

  /// The way back, of gradients. Parameters as in ``forward(_:x:side:factor:into:)``, with `dx` overwritten.
  public static func backward(_ w: Worker, dy: Rows, side: Int, factor: Int, into dx: Rows) {
    Shards.forEachRow(w, rows: dy.rows, columns: dy.columns) { token in
      for part in 0..<factor * factor {
        dx.row(patch(token, part, side: side, factor: factor)).update(
          from: dy.row(token) + part * dx.columns, count: dx.columns)
      }
    }
  }

  /// The row of the patch that is a token's part `part`.
  private static func patch(_ token: Int, _ part: Int, side: Int, factor: Int) -> Int {
    let across = side / factor
    let (image, place) = (token / (across * across), token % (across * across))
    let row = place / across * factor + part / factor
    let column = place % across * factor + part % factor
    return (image * side + row) * side + column
  }
}
