/// Rows of a table, one for each token.
public enum Embedding {
  /// - Parameters:
  ///   - tokens: `[count]`, each in `0..<table.rows`; positions, with a table of learned positions
  ///   - output: `[count, d]`; added to when `accumulate`
  public static func forward(
    _ w: Worker, tokens: UnsafePointer<Int32>, count: Int, table: WeightMatrix, into output: Rows,
    accumulate: Bool = false
  ) {
    let m = Microkernel.table
    let row = w.scratch(floats: accumulate ? table.columns : 0)
    Shards.forEachRow(w, rows: count, columns: table.columns) { t in
      table.row(Int(tokens[t]), into: accumulate ? row : output.row(t))
      if accumulate { m.addScaled(1, row, output.row(t), table.columns) }
    }
  }

  /// `dTable[tokens[t]] += dx[t]`, in the order of `t`.
  ///
  /// A shard owns the tokens of one residue, so that no two workers add to the same row.
  public static func backward(_ w: Worker, tokens: UnsafePointer<Int32>, dx: Rows, into dTable: Rows) {
    let m = Microkernel.table
    let shards = 16
    w.claimShards(shards) { shard in
      for t in 0..<dx.rows where Int(tokens[t]) % shards == shard {
        m.addScaled(1, dx.row(t), dTable.row(Int(tokens[t])), dx.columns)
      }
    }
  }
}

/// Square patches of an image as rows, so that a convolution whose stride is its kernel's side is a matrix product.
public enum Patches {
  /// Columns of a row: three colours of a patch, as the convolution's weight `[out, 3, side, side]` has its inputs.
  public static func columns(side: Int) -> Int { 3 * side * side }

  /// Each patch becomes a row: red, then green, then blue, each row by row; patches row by row of the image.
  /// - Parameters:
  ///   - images: `[3, size, size]` each
  ///   - size: what is left over of it beside whole patches is not read
  ///   - output: `[images · (size / side)², 3 · side²]`
  public static func forward(_ w: Worker, images: [[Float]], size: Int, side: Int, into output: Rows) {
    let across = size / side
    // A shard is one row of patches, so that it reads whole lines.
    w.claimShards(images.count * across) { shard in
      let (image, line) = (shard / across, shard % across)
      images[image].withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        for column in 0..<across {
          var place = output.row((image * across + line) * across + column)
          for colour in 0..<3 {
            for y in 0..<side {
              place.update(from: base + (colour * size + line * side + y) * size + column * side, count: side)
              place += side
            }
          }
        }
      }
    }
  }
}

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
