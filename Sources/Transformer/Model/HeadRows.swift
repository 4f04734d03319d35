import Kernels

/// Queries, keys and values side by side in one matrix `[T, (heads + 2·kvHeads)·size]`; or queries and keys alone.
struct HeadRows {
  let all: Rows
  private let queries: Int
  private let keys: Int

  init(_ all: Rows, _ configuration: ModelConfiguration) {
    self.all = all
    queries = configuration.queryWidth
    keys = configuration.kvWidth
  }

  var q: Rows { all.columns(from: 0, count: queries) }
  var k: Rows { all.columns(from: queries, count: keys) }
  var v: Rows { all.columns(from: queries + keys, count: keys) }
  /// Queries and keys: what is normalised and turned.
  var turned: Rows { all.columns(from: 0, count: queries + keys) }
}
