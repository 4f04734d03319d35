import HuggingFace
import Kernels
import Recipe
import Transformer

/// Tells one base and one data set from another, so that a checkpoint is not continued on what it was not begun on.
package enum RunFingerprint {
  /// The shape of the model and a sample of every weight.
  package static func base(_ model: BaseModel) -> String {
    var hash = ContentHash()
    let shape = model.configuration
    let sizes = [
      shape.vocabularySize, shape.hiddenSize, shape.layers, shape.heads, shape.kvHeads, shape.headSize,
      shape.intermediateSize, shape.tieWordEmbeddings ? 1 : 0,
    ]
    for size in sizes { hash.combine(size) }
    hash.combine(shape.ropeTheta.bitPattern)
    hash.combine(UInt64(shape.rmsNormEpsilon.bitPattern))
    if let table = model.positionEmbedding { combine(table, into: &hash) }
    combine(model.embedding, into: &hash)
    if model.output !== model.embedding { combine(model.output, into: &hash) }
    combine(model.finalNorm, into: &hash)
    if let bias = model.finalNormBias { combine(bias, into: &hash) }
    combine(model.blocks, into: &hash)
    if let vision = model.vision { combine(vision, shape: shape.vision, into: &hash) }
    return hash.text
  }

  private static func combine(_ blocks: [BlockWeights], into hash: inout ContentHash) {
    for block in blocks {
      for vector in block.vectors { combine(vector, into: &hash) }
      for module in LinearModule.allCases {
        if let weight = block[module] { combine(weight, into: &hash) }
      }
    }
  }

  private static func combine(_ vision: VisionWeights, shape: VisionConfiguration?, into hash: inout ContentHash) {
    for size in [shape?.imageSize, shape?.patchSize, shape?.heads, shape?.scaleFactor] { hash.combine(size ?? 0) }
    for matrix in [vision.patchEmbedding, vision.positionEmbedding, vision.connector] { combine(matrix, into: &hash) }
    for vector in [vision.patchBias, vision.postNorm, vision.postNormBias] { combine(vector, into: &hash) }
    combine(vision.blocks, into: &hash)
  }

  /// Every token and every pixel of every example.
  package static func data(_ examples: [TokenizedExample]) -> String {
    var hash = ContentHash()
    hash.combine(examples.count)
    for example in examples {
      hash.combine(example.tokens.count)
      // One range to the end is told by its start alone.
      hash.combine(example.lossStart)
      let isPlain = example.lossRanges.count <= 1 && example.lossRanges.last?.upperBound == example.tokens.count
      for range in isPlain ? [] : example.lossRanges {
        hash.combine(range.lowerBound)
        hash.combine(range.upperBound)
      }
      for token in example.tokens { hash.combine(Int(token)) }
      for image in example.images { combine(image, into: &hash) }
    }
    return hash.text
  }

  /// A picture's bytes, eight at a time, and what the tower makes of a byte.
  private static func combine(_ image: ImageTiles, into hash: inout ContentHash) {
    hash.combine(image.rows)
    hash.combine(image.columns)
    hash.combine(image.size)
    for value in image.scale.values { hash.combine(UInt64(value.bitPattern)) }
    for tile in image.tiles {
      tile.withUnsafeBytes { bytes in
        var place = 0
        while place + 8 <= bytes.count {
          hash.combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
          place += 8
        }
        for byte in bytes[place...] { hash.combine(UInt64(byte)) }
      }
    }
  }

  /// Whole rows, evenly spaced: enough to notice any fine-tuning, cheap enough for a model of any size.
  private static func combine(_ weight: WeightMatrix, into hash: inout ContentHash) {
    let row = UnsafeMutablePointer<Float>.allocate(capacity: max(1, weight.columns))
    defer { row.deallocate() }
    for index in stride(from: 0, to: weight.rows, by: max(1, weight.rows / 16)) {
      weight.row(index, into: row)
      for column in 0..<weight.columns { hash.combine(UInt64(row[column].bitPattern)) }
    }
  }

  private static func combine(_ buffer: FloatBuffer, into hash: inout ContentHash) {
    for index in 0..<buffer.count { hash.combine(UInt64(buffer.pointer[index].bitPattern)) }
  }
}

/// A 64-bit hash of a sequence of words, mixed as in SplitMix64: tells one data set or one set of weights from another, and
/// is not proof against anyone who tries.
struct ContentHash {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ word: UInt64) {
    var mixed = SplitMix64(seed: value ^ word)
    value = mixed.next()
  }

  mutating func combine(_ number: Int) {
    combine(UInt64(bitPattern: Int64(number)))
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
