/// How many head rows have their logits in memory at once.
enum HeadChunk {
  /// 8 MB of logits, but never fewer than 128 rows, so that the output projection stays a matrix product.
  static func rows(vocabulary: Int) -> Int { max(128, min(1024, (1 << 21) / max(1, vocabulary))) }
}
