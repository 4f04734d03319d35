import Foundation
import Kernels
import Recipe
import Transformer

/// The same model in plain Double loops, written from the formulas alone, for finite differences.
///
/// Its parameters are a dictionary of named flat arrays, so that a test can move any one number.
struct ReferenceModel {
  let configuration: ModelConfiguration
  var parameters: [String: [Double]]
  var scaling: [ModulePath: Double] = [:]
  var ranks: [ModulePath: Int] = [:]
  /// Factor on the input of a LoRA branch, `[T · in]`, for dropout.
  var masks: [ModulePath: [Double]] = [:]
  /// ‖W + s·B·A‖ of each row at the start, for DoRA: a constant, whatever moves.
  private var norms: [ModulePath: [Double]] = [:]

  init(base: BaseModel, adapter: LoRAAdapter?) {
    configuration = base.configuration
    parameters = ["embedding": Self.doubles(base.embedding), "finalNorm": Self.doubles(base.finalNorm)]
    if base.output !== base.embedding { parameters["output"] = Self.doubles(base.output) }
    for (layer, block) in base.blocks.enumerated() {
      parameters["\(layer).inputNorm"] = block.inputNorm.map(Self.doubles)
      parameters["\(layer).postAttentionNorm"] = block.postAttentionNorm.map(Self.doubles)
      parameters["\(layer).convolution"] = block.convolution.map(Self.doubles)
      for module in LinearModule.allCases {
        parameters["\(layer).\(module.rawValue)"] = block[module].map(Self.doubles)
      }
    }
    for module in adapter?.modules ?? [] {
      parameters["\(module.path).A"] = Self.doubles(module.a)
      parameters["\(module.path).B"] = Self.doubles(module.b)
      scaling[module.path] = Double(module.scaling)
      ranks[module.path] = module.rank
      guard let magnitude = module.magnitude else { continue }
      parameters["\(module.path).m"] = Self.doubles(magnitude)
      let weight = parameters["\(module.path.layer).\(module.path.module.rawValue)"] ?? []
      norms[module.path] = (0..<module.rows).map { row in
        (0..<module.columns).reduce(0.0) { sum, column in
          let delta = (0..<module.rank).reduce(0.0) {
            $0 + Double(module.b.pointer[row * module.rank + $1])
              * Double(module.a.pointer[$1 * module.columns + column])
          }
          let value = weight[row * module.columns + column] + Double(module.scaling) * delta
          return sum + value * value
        }.squareRoot()
      }
    }
  }

  private static func doubles(_ matrix: WeightMatrix) -> [Double] { matrix.toFloats().map(Double.init) }
  private static func doubles(_ buffer: FloatBuffer) -> [Double] { buffer.array.map(Double.init) }

  /// Mean loss over the loss tokens of a batch.
  func loss(_ batch: TokenBatch) -> Double {
    var sum = 0.0
    let logits = logits(batch.tokens, starts: batch.sequenceStarts)
    for (position, target) in batch.targets.enumerated() where target >= 0 {
      let row = logits[position]
      let largest = row.max() ?? 0
      sum += largest + log(row.reduce(0) { $0 + exp($1 - largest) }) - row[Int(target)]
    }
    return sum / Double(batch.lossTokens)
  }

  func logits(_ tokens: [Int32], starts: [Int32]) -> [[Double]] {
    let d = configuration.hiddenSize
    let table = parameters["embedding"] ?? []
    var x = tokens.map { Array(table[(Int($0) * d)..<(Int($0) * d + d)]) }
    for layer in 0..<configuration.layers {
      let h = norm(x, "\(layer).inputNorm")
      if configuration.convolves(layer) {
        add(&x, linear(convolve(linear(h, layer, .convInProj), layer, starts: starts), layer, .convOutProj))
      } else {
        var q = linear(h, layer, .qProj)
        var k = linear(h, layer, .kProj)
        let v = linear(h, layer, .vProj)
        rotate(&q, heads: configuration.heads, starts: starts)
        rotate(&k, heads: configuration.kvHeads, starts: starts)
        let attention = attend(q, k, v, starts: starts)
        add(&x, linear(attention, layer, .oProj))
      }
      let g = norm(x, "\(layer).postAttentionNorm")
      let gate = linear(g, layer, .gateProj)
      let up = linear(g, layer, .upProj)
      let product = zip(gate, up).map { zip($0, $1).map { $0 / (1 + exp(-$0)) * $1 } }
      add(&x, linear(product, layer, .downProj))
    }
    return matrix(norm(x, "finalNorm"), parameters["output"] ?? table, rows: configuration.vocabularySize)
  }

  private func add(_ x: inout [[Double]], _ y: [[Double]]) {
    for row in x.indices { for column in x[row].indices { x[row][column] += y[row][column] } }
  }

  private func norm(_ x: [[Double]], _ name: String) -> [[Double]] {
    let weight = parameters[name] ?? []
    return x.map { row in
      let inverse =
        1
        / (row.reduce(0) { $0 + $1 * $1 } / Double(row.count) + Double(configuration.rmsNormEpsilon)).squareRoot()
      return zip(row, weight).map { $0 * inverse * $1 }
    }
  }

  private func matrix(_ x: [[Double]], _ weight: [Double], rows: Int) -> [[Double]] {
    x.map { row in
      (0..<rows).map { out in
        var sum = 0.0
        for column in row.indices { sum += row[column] * weight[out * row.count + column] }
        return sum
      }
    }
  }

  private func linear(_ x: [[Double]], _ layer: Int, _ module: LinearModule) -> [[Double]] {
    let path = ModulePath(layer: layer, module: module)
    let rows = module.shape(in: configuration).rows
    var y = matrix(x, parameters["\(layer).\(module.rawValue)"] ?? [], rows: rows)
    guard let a = parameters["\(path).A"], let b = parameters["\(path).B"], let rank = ranks[path] else { return y }
    var input = x
    if let mask = masks[path] {
      for row in x.indices { for column in x[row].indices { input[row][column] *= mask[row * x[row].count + column] } }
    }
    let branch = matrix(matrix(input, a, rows: rank), b, rows: rows)
    let scaled = branch.map { $0.map { $0 * (scaling[path] ?? 0) } }
    guard let m = parameters["\(path).m"], let norms = norms[path] else {
      add(&y, scaled)
      return y
    }
    // y + (g − 1)·drop(x)·Wᵀ + g·s·B·A·drop(x)
    let dropped = matrix(input, parameters["\(layer).\(module.rawValue)"] ?? [], rows: rows)
    for row in y.indices {
      for out in 0..<rows {
        let g = m[out] / norms[out]
        y[row][out] += (g - 1) * dropped[row][out] + g * scaled[row][out]
      }
    }
    return y
  }

  private func sequenceAndPosition(_ starts: [Int32], _ row: Int) -> (start: Int, position: Int) {
    let start = Int(starts.last { $0 <= row } ?? 0)
    return (start, row - start)
  }

  /// C ⊙ conv(B ⊙ x) of rows of B, C and x.
  private func convolve(_ inputs: [[Double]], _ layer: Int, starts: [Int32]) -> [[Double]] {
    let d = configuration.hiddenSize
    let taps = parameters["\(layer).convolution"] ?? []
    var y = inputs.map { _ in [Double](repeating: 0, count: d) }
    for row in inputs.indices {
      let position = sequenceAndPosition(starts, row).position
      for feature in 0..<d {
        var sum = 0.0
        for lag in 0..<taps.count / d where lag <= position {
          let earlier = inputs[row - lag]
          sum += taps[lag * d + feature] * earlier[feature] * earlier[2 * d + feature]
        }
        y[row][feature] = inputs[row][d + feature] * sum
      }
    }
    return y
  }

  private func rotate(_ x: inout [[Double]], heads: Int, starts: [Int32]) {
    let half = configuration.headSize / 2
    for row in x.indices {
      let position = Double(sequenceAndPosition(starts, row).position)
      for head in 0..<heads {
        for pair in 0..<half {
          let angle = position * pow(configuration.ropeTheta, -Double(2 * pair) / Double(configuration.headSize))
          let first = head * configuration.headSize + pair
          let (a, b) = (x[row][first], x[row][first + half])
          x[row][first] = a * cos(angle) - b * sin(angle)
          x[row][first + half] = b * cos(angle) + a * sin(angle)
        }
      }
    }
  }

  private func attend(_ q: [[Double]], _ k: [[Double]], _ v: [[Double]], starts: [Int32]) -> [[Double]] {
    let size = configuration.headSize
    let group = configuration.heads / configuration.kvHeads
    return q.indices.map { row in
      let start = sequenceAndPosition(starts, row).start
      var out = [Double](repeating: 0, count: configuration.queryWidth)
      for head in 0..<configuration.heads {
        let kv = head / group * size
        let scores = (start...row).map { other in
          (0..<size).reduce(0.0) { $0 + q[row][head * size + $1] * k[other][kv + $1] } / Double(size).squareRoot()
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        for (offset, weight) in weights.enumerated() {
          for i in 0..<size { out[head * size + i] += weight / total * v[start + offset][kv + i] }
        }
      }
      return out
    }
  }

  /// Central differences of the loss in chosen elements of one parameter.
  func slopes(of name: String, at indices: [Int], _ batch: TokenBatch) -> [Double] {
    let step = 1e-5
    return indices.map { index in
      var moved = self
      moved.parameters[name]?[index] += step
      let above = moved.loss(batch)
      moved.parameters[name]?[index] -= 2 * step
      return (above - moved.loss(batch)) / (2 * step)
    }
  }
}
