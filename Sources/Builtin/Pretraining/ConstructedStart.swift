import Foundation
import Kernels
import Recipe
import Transformer

/// Initial weights that hold the circuits for copying and for looking up, as one would set a gate's bias. The circuits are those of Elhage et al.
/// (2021) and Olsson et al. (2022): heads that carry the codes of earlier tokens, and heads that find a place by such a code and copy
/// from it. From random weights they take longer to form than the whole budget; see design notes in `README.md` of the base's folder.
///
/// Layer 0 writes, at each position, a code of the token one back (KV head 0) and of the token two back (KV head 1). Layer 1 then
/// - KV head 0: looks for the place *after* an earlier occurrence of the present token and copies the token there (induction);
/// - KV head 1: the same by the *previous* token, and two places on: `belorin [B] … So belorin [` gives `B`;
/// - KV head 2: looks for an earlier occurrence of the previous token and copies the token *before* it: `B belorin … belorin [` gives `B`.
package enum ConstructedStart {
  /// Sets every parameter of `model`. Needs two layers, three KV heads and `hiddenSize` ≥ 2 · `headSize`.
  package static func apply(to model: TrainableModel, seed: UInt64) {
    let configuration = model.base.configuration
    let tensors = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0) })
    var normal = NormalGenerator(seed: seed, stream: 0xC0)
    fillRandom(configuration, tensors, &normal)

    let heads = Heads(configuration: configuration, tensors: tensors)
    let token = OrthonormalRows.random(configuration.headSize, configuration.hiddenSize, &normal, leaving: 0)
    let oneBack = OrthonormalRows.random(configuration.headSize, configuration.hiddenSize, &normal, leaving: 0)
    let twoBack = OrthonormalRows.random(configuration.headSize, configuration.hiddenSize, &normal, leaving: 0)
    heads.setPositional(layer: 0, kvHead: 0, distance: 1, reads: token, writes: oneBack)
    heads.setPositional(layer: 0, kvHead: 1, distance: 2, reads: token, writes: twoBack)

    let lookups: [(query: [[Double]], key: [[Double]], value: [[Double]]?, output: [[Double]])] = [
      (token, oneBack, nil, []), (oneBack, twoBack, nil, []), (oneBack, token, oneBack, token),
    ]
    for (kvHead, lookup) in lookups.enumerated() {
      let copied = OrthonormalRows.random(configuration.headSize, configuration.hiddenSize, &normal, leaving: 0)
      heads.setLookup(
        layer: 1, kvHead: kvHead, query: lookup.query, key: lookup.key, value: lookup.value ?? copied,
        output: lookup.value == nil ? copied : lookup.output, &normal)
    }
  }

  private static func fillRandom(
    _ configuration: ModelConfiguration, _ tensors: [String: TrainableTensor], _ normal: inout NormalGenerator
  ) {
    let width = configuration.hiddenSize
    if let embedding = tensors[configuration.names.prefix + "embed_tokens.weight"] {
      for row in 0..<configuration.vocabularySize {
        let values = embedding.parameters + row * width
        var squares: Float = 0
        for column in 0..<width {
          values[column] = column == 0 ? 0 : normal.next()
          squares += values[column] * values[column]
        }
        for column in 1..<width { values[column] /= squares.squareRoot() }
        // What every token shares: the positional heads attend by it, and the tied output shifts all logits alike.
        values[0] = 1
      }
    }
    for layer in 0..<configuration.layers {
      for module in LinearModule.allCases {
        guard let tensor = tensors[configuration.name(of: ModulePath(layer: layer, module: module)) + ".weight"] else {
          continue
        }
        var scale = 1 / Float(module.shape(in: configuration).columns).squareRoot()
        // At full size the untrained outputs would drown the embedding that the circuits read.
        switch module {
        case .oProj, .downProj: scale *= 0.02
        case .qProj, .kProj: scale *= 0.5
        default: break
        }
        for index in 0..<tensor.count { tensor.parameters[index] = scale * normal.next() }
      }
    }
  }

  /// Writes one KV head and its query heads.
  private struct Heads {
    let configuration: ModelConfiguration
    let tensors: [String: TrainableTensor]

    private var headSize: Int { configuration.headSize }
    /// Radians per position of each rotary pair (i, i + headSize / 2).
    private var frequencies: [Double] {
      (0..<headSize / 2).map { pow(configuration.ropeTheta, -Double($0) / Double(headSize / 2)) }
    }

    private func set(
      layer: Int, kvHead: Int, query: [[Double]], key: [[Double]], value: [[Double]], output: [[Double]]
    ) {
      let group = configuration.heads / configuration.kvHeads
      let queries = (kvHead * group..<(kvHead + 1) * group)
      setRows(layer, .kProj, head: kvHead, key)
      setRows(layer, .vProj, head: kvHead, value)
      for head in queries {
        setRows(layer, .qProj, head: head, query)
        guard let tensor = tensors[configuration.name(of: ModulePath(layer: layer, module: .oProj)) + ".weight"] else {
          continue
        }
        let columns = configuration.queryWidth
        for (feature, row) in output.enumerated() {
          for out in row.indices { tensor.parameters[out * columns + head * headSize + feature] = Float(row[out]) }
        }
      }
    }

    private func setRows(_ layer: Int, _ module: LinearModule, head: Int, _ rows: [[Double]]) {
      guard let tensor = tensors[configuration.name(of: ModulePath(layer: layer, module: module)) + ".weight"] else {
        return
      }
      for (index, row) in rows.enumerated() {
        for column in row.indices {
          tensor.parameters[(head * headSize + index) * configuration.hiddenSize + column] = Float(row[column])
        }
      }
    }

    /// Attends `distance` back, whatever stands there: query and key are constant and turned against each other by that many positions.
    func setPositional(layer: Int, kvHead: Int, distance: Int, reads: [[Double]], writes: [[Double]]) {
      let half = headSize / 2
      var weights = (0..<half).map { exp(-Double($0) / 2) }
      let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
      weights = weights.map { $0 / norm }
      func constant(turned positions: Double) -> [[Double]] {
        (0..<headSize).map { feature in
          let pair = feature % half
          let angle = frequencies[pair] * positions
          var row = [Double](repeating: 0, count: configuration.hiddenSize)
          row[0] = 1.2 * weights[pair] * (feature < half ? cos(angle) : sin(angle))
          return row
        }
      }
      set(
        layer: layer, kvHead: kvHead, query: constant(turned: 0), key: constant(turned: Double(distance)),
        value: reads, output: writes.map { $0.map { 0.12 * $0 } })
    }

    /// Attends where the key's code equals the query's, by the features that hardly turn with position.
    func setLookup(
      layer: Int, kvHead: Int, query: [[Double]], key: [[Double]], value: [[Double]], output: [[Double]],
      _ normal: inout NormalGenerator
    ) {
      let still = (0..<headSize).filter { frequencies[$0 % (headSize / 2)] < 0.05 }
      let turn = OrthonormalRows.random(still.count, headSize, &normal)
      func projected(_ rows: [[Double]]) -> [[Double]] {
        var result = [[Double]](repeating: [Double](repeating: 0, count: configuration.hiddenSize), count: headSize)
        for (index, feature) in still.enumerated() {
          for (weight, row) in zip(turn[index], rows) {
            for column in row.indices { result[feature][column] += 2.2 * weight * row[column] }
          }
        }
        return result
      }
      set(
        layer: layer, kvHead: kvHead, query: projected(query), key: projected(key), value: value,
        output: output.map { $0.map { 0.8 * $0 } })
    }
  }
}

/// Random directions at right angles to each other (Gram and Schmidt).
enum OrthonormalRows {
  /// - Parameter leaving: a coordinate that is zero in every row.
  static func random(
    _ rows: Int, _ columns: Int, _ normal: inout NormalGenerator, leaving: Int? = nil
  ) -> [[Double]] {
    var result: [[Double]] = []
    while result.count < rows {
      var row = (0..<columns).map { $0 == leaving ? 0 : Double(normal.next()) }
      for _ in 0..<2 {
        for other in result {
          let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in row.indices { row[index] -= product * other[index] }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > 1e-6 { result.append(row.map { $0 / norm }) }
    }
    return result
  }
}
