/// `[M, K]·[K, N]` in double precision, each operand optionally stored transposed.
func referenceProduct(
  _ a: [Double], transposeA: Bool, _ b: [Double], transposeB: Bool, m: Int, n: Int, k: Int
) -> [Double] {
  var c = [Double](repeating: 0, count: m * n)
  for i in 0..<m {
    for j in 0..<n {
      var sum = 0.0
      for step in 0..<k {
        sum += (transposeA ? a[step * m + i] : a[i * k + step]) * (transposeB ? b[j * k + step] : b[step * n + j])
      }
      c[i * n + j] = sum
    }
  }
  return c
}
