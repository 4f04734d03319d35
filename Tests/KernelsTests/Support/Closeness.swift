import Testing

/// `‖got − wanted‖² / ‖wanted‖²`, as ggml's test-backend-ops measures.
func normalisedError(_ got: [Float], _ wanted: [Double]) -> Double {
  guard got.count == wanted.count else { return .infinity }
  var difference = 0.0
  // Where all is zero, an absolute error.
  var norm = 1e-3
  for (g, w) in zip(got, wanted) {
    difference += (Double(g) - w) * (Double(g) - w)
    norm += w * w
  }
  return difference / norm
}

/// Expects FP32 results of a Double reference.
func expectClose(
  _ got: [Float], _ wanted: [Double], within limit: Double = 1e-11, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = normalisedError(got, wanted)
  #expect(error <= limit, "\(what): normalised error \(error)", sourceLocation: sourceLocation)
}

/// Expects a gradient to agree with central differences of `loss` in every element.
func expectGradient(
  _ gradient: [Double], of loss: ([Double]) -> Double, at point: [Double], within limit: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let h = 1e-5
  var largest = 0.0
  for i in point.indices {
    var shifted = point
    shifted[i] += h
    let up = loss(shifted)
    shifted[i] -= 2 * h
    largest = max(largest, abs((up - loss(shifted)) / (2 * h) - gradient[i]))
  }
  #expect(largest < limit, "finite differences: off by \(largest)", sourceLocation: sourceLocation)
}
