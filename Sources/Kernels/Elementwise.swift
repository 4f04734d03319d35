/// Operations on whole views, element by element. Shapes must agree.
public enum Elementwise {
  /// `target += source`
  public static func add(_ w: Worker, into target: Rows, _ source: Rows) {
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      let out = target.row(t)
      let x = source.row(t)
      for j in 0..<target.columns { out[j] += x[j] }
    }
  }

  /// `x *= factor`
  public static func scale(_ w: Worker, _ x: Rows, _ factor: Float) {
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      let out = x.row(t)
      for j in 0..<x.columns { out[j] *= factor }
    }
  }

  /// `target = source`
  public static func copy(_ w: Worker, from source: Rows, into target: Rows) {
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      target.row(t).update(from: source.row(t), count: target.columns)
    }
  }

  /// `x = value`
  public static func fill(_ w: Worker, _ x: Rows, _ value: Float) {
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      x.row(t).update(repeating: value, count: x.columns)
    }
  }
}
