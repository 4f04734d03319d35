import Kernels
import Recipe

/// What a decoding step of streamed weights reads: each weight once, the keys and values of every sequence, and each adapter once for all
/// sequences that have it. Activations stay in the processor's caches and are left out, as is the row of an embedding table.
package enum StepBytes {
  /// The blocks' weights, biases and norms, and the output projection, in the types that they lie in.
  package static func weights(_ base: BaseModel) -> Int {
    base.blocks.reduce(base.output.byteCount) { $0 + $1.byteCount }
  }

  /// Keys and values of so many sequences of so many positions each, the few products that a short convolution looks back at, and states.
  package static func caches(_ configuration: ModelConfiguration, sequences: Int, positions: Int) -> Int {
    let perSequence = (0..<configuration.layers).reduce(0) { sum, layer in
      let widths = configuration.cacheWidths(of: layer)
      let read =
        configuration.convolves(layer) ? min(positions, configuration.block.shortConvolution?.width ?? 0) : positions
      return sum + read * (widths.keys + widths.values)
    }
    return InferenceMemory.floats([sequences, perSequence + configuration.stateFloats])
  }

  /// A and B in a type, and with DoRA its factors beside them, all of it in FP32; what a vision tower has is no part of a step.
  package static func adapter(
    _ specification: LoRASpecification, in configuration: ModelConfiguration, type: AdapterType = .fp32
  ) -> Int {
    let decoder = specification.targets.filter { !$0.isVision }
    let floats = configuration.linears.adapterParameters(
      decoder, useDoRA: specification.useDoRA, rank: specification.rank(of:))
    return floats * (type == .bf16 && !specification.useDoRA ? 2 : MemoryLayout<Float>.stride)
  }

  package static func fleet(
    _ base: BaseModel, _ specification: LoRASpecification, sequences: Int, positions: Int, type: AdapterType = .fp32
  ) -> FleetBytes {
    FleetBytes(
      base: weights(base), caches: caches(base.configuration, sequences: sequences, positions: positions),
      adapter: adapter(specification, in: base.configuration, type: type))
  }
}
