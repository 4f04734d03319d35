import Recipe

/// What a block's attention, or what stands in its place, has between the projections that lead into it and out of it: widths of
/// rows, and so of room.
struct Mixing: Equatable {
  /// Features that its input is projected to: queries, keys and values; B, C and x of a short convolution.
  var inputs = 0
  /// Features that are projected back.
  var outputs = 0
  /// Some block attends.
  var attends = false
}

extension ModelConfiguration {
  /// Of a block.
  func mixing(of layer: Int) -> Mixing {
    convolves(layer)
      ? Mixing(inputs: 3 * hiddenSize, outputs: hiddenSize)
      : Mixing(inputs: qkvWidth, outputs: queryWidth, attends: true)
  }

  /// Room for any of these blocks.
  func mixing(of layers: some Sequence<Int>) -> Mixing {
    layers.reduce(into: Mixing()) { room, layer in
      let own = mixing(of: layer)
      room.inputs = max(room.inputs, own.inputs)
      room.outputs = max(room.outputs, own.outputs)
      room.attends = room.attends || own.attends
    }
  }

  /// Room for any block.
  var mixing: Mixing {
    block.shortConvolution == nil
      ? Mixing(inputs: qkvWidth, outputs: queryWidth, attends: true) : mixing(of: 0..<layers)
  }

  /// Features that a block keeps of each token for those that follow: a key and a value; of a short convolution its product B ⊙ x in the
  /// key's place. All positions' are kept, so that sequences can share beginnings and go back.
  func cacheWidths(of layer: Int) -> (keys: Int, values: Int) {
    convolves(layer) ? (hiddenSize, 0) : (kvWidth, kvWidth)
  }

  /// The same of all blocks together.
  var cacheWidth: Int {
    block.shortConvolution == nil
      ? 2 * layers * kvWidth
      : (0..<layers).reduce(0) { sum, layer in
        let widths = cacheWidths(of: layer)
        return sum + widths.keys + widths.values
      }
  }
}
