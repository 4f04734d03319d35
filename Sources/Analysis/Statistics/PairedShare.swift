/// The difference of two shares of right answers on the same examples.
package enum PairedShare {
  /// The largest loss that so many lost and gained examples leave open at 97.5 %, a share from −1 to 1: the upper end of the score interval of
  /// Tango (Statistics in Medicine 17, 1998), which holds where few examples differ and resampling promises too much: of 300 with one
  /// lost it gives 1.9 %, where percentiles of resamples end at 1.2.
  package static func upperBound(lost: Int, gained: Int, of count: Int) -> Double {
    guard count > 0 else { return 1 }
    let (n, b, c) = (Double(count), Double(lost), Double(gained))
    // How far the difference seen lies below `delta`, in standard errors under `delta`: with the share of gained examples that is likeliest
    // then.
    func below(_ delta: Double) -> Double {
      let a = 2 * n
      let first = -b - c + (2 * n - b + c) * delta
      let last = -c * delta * (1 - delta)
      let gainedShare = ((max(0, first * first - 4 * a * last)).squareRoot() - first) / (2 * a)
      let variance = n * (2 * gainedShare + delta * (1 - delta))
      let gap = n * delta - (b - c)
      return variance > 0 ? gap / variance.squareRoot() : gap > 0 ? .infinity : 0
    }
    var (low, high) = ((b - c) / n, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if below(middle) > 1.959_963_985 { high = middle } else { low = middle }
    }
    return high
  }
}
