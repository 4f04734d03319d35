import Recipe

/// What a block's attention, or what stands in its place, has between the projections that lead into it and out of it: widths of
/// rows, and so of room.
struct Mixing: Equatable {
  /// Features that its input is projected to: queries, keys and values, and gates; B, C and x of a short convolution; queries, keys, values, z, b
  /// and a of linear attention.
  var inputs = 0
  /// Features that are projected back.
  var outputs = 0
  /// Some block attends.
  var attends = false
  /// Features of what is gated before it is projected back, which a backward pass needs too.
  var ungated = 0
  /// Room for each token while it is mixed.
  var room = 0
}

extension ModelConfiguration {
  /// Of a block.
  func mixing(of layer: Int) -> Mixing {
    if convolves(layer) { return Mixing(inputs: 3 * hiddenSize, outputs: hiddenSize) }
    if let shape = linearShape(of: layer) {
      return Mixing(
        inputs: shape.inputs, outputs: shape.valueWidth, ungated: shape.valueWidth,
        room: shape.roomColumns + shape.valueHeads)
    }
    return attention
  }

  private var attention: Mixing {
    Mixing(inputs: qkvWidth, outputs: queryWidth, attends: true, ungated: block.gatesAttention ? queryWidth : 0)
  }

  /// Room for any of these blocks.
  func mixing(of layers: some Sequence<Int>) -> Mixing {
    layers.reduce(into: Mixing()) { room, layer in
      let own = mixing(of: layer)
      room.inputs = max(room.inputs, own.inputs)
      room.outputs = max(room.outputs, own.outputs)
      room.attends = room.attends || own.attends
      room.ungated = max(room.ungated, own.ungated)
      room.room = max(room.room, own.room)
    }
  }

  /// Room for any block.
  var mixing: Mixing {
    isUniform ? attention : mixing(of: 0..<layers)
  }

  /// Features that a block keeps of each token for those that follow: a key and a value; of a short convolution its product B ⊙ x in the
  /// key's place. All positions' are kept, so that sequences can share beginnings and go back. Linear attention keeps a state instead.
  func cacheWidths(of layer: Int) -> (keys: Int, values: Int) {
    convolves(layer) ? (hiddenSize, 0) : linearShape(of: layer) == nil ? (kvWidth, kvWidth) : (0, 0)
  }

  /// The most linear layers that share an input.
  var linearsOfAnInput: Int { block.linearAttention == nil ? 3 : 4 }

  /// Floats of the states of all blocks with linear attention, however long a sequence is.
  var stateFloats: Int {
    block.linearAttention.map { $0.layers.count * ($0.shape.stateSize + $0.shape.historySize) } ?? 0
  }

  /// The same of all blocks together.
  var cacheWidth: Int {
    isUniform
      ? 2 * layers * kvWidth
      : (0..<layers).reduce(0) { sum, layer in
        let widths = cacheWidths(of: layer)
        return sum + widths.keys + widths.values
      }
  }
}
