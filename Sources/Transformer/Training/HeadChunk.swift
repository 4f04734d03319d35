/// How many head rows have their logits in memory at once.
enum HeadChunk {
  /// 100 MB of logits: each chunk goes over the whole output projection twice, forward and backward, and packs it anew at least once, which
  /// with 128 rows of 49 152 took a twenty-fifth of a step; with 512 and more, a hundredth. Never fewer than 128, so that it stays a matrix
  /// product, nor more than are multiplied without packing the weight.
  static func rows(vocabulary: Int) -> Int { max(128, min(768, (3 << 23) / max(1, vocabulary))) }
}
