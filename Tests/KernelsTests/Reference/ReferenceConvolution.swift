/// The gated short convolution from its definition, in double precision.
struct ReferenceConvolution {
  var features: Int
  var width: Int
  /// `[width][features]` the factor of the token so many places before.
  var taps: [Double]
  /// Tokens of each sequence.
  var lengths: [Int]

  /// - Parameter inputs: `[T, 3·features]` B, C and x.
  func forward(_ inputs: [Double]) -> [Double] {
    var y: [Double] = []
    var first = 0
    for length in lengths {
      for t in 0..<length {
        for j in 0..<features {
          var sum = 0.0
          for k in 0..<width where k <= t {
            let row = (first + t - k) * 3 * features
            sum += taps[k * features + j] * inputs[row + j] * inputs[row + 2 * features + j]
          }
          y.append(inputs[(first + t) * 3 * features + features + j] * sum)
        }
      }
      first += length
    }
    return y
  }

  /// Every term of every output, dealt back to what it was made of.
  func backward(_ dy: [Double], _ inputs: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: inputs.count)
    var first = 0
    for length in lengths {
      for t in 0..<length {
        for j in 0..<features {
          let (own, up) = ((first + t) * 3 * features, dy[(first + t) * features + j])
          for k in 0..<width where k <= t {
            let row = (first + t - k) * 3 * features
            let (b, c, x) = (inputs[row + j], inputs[own + features + j], inputs[row + 2 * features + j])
            let tap = taps[k * features + j]
            gradient[row + j] += up * c * tap * x
            gradient[own + features + j] += up * tap * b * x
            gradient[row + 2 * features + j] += up * c * tap * b
          }
        }
      }
      first += length
    }
    return gradient
  }
}
