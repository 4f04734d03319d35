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
