import Kernels

/// What lies between a feed-forward layer's first weights and its last: gated or not, whatever the activation.
struct FeedForwardActivation: Sendable {
  private let kind: ActivationKind
  private let isGated: Bool
  private let width: Int

  init(_ configuration: ModelConfiguration) {
    kind = configuration.block.activation
    isGated = configuration.block.feedForward != .plain
    width = configuration.intermediateSize
  }

  /// What the gate goes through, where there is one.
  var gate: ActivationKind? { isGated ? kind : nil }

  /// - Parameters:
  ///   - inputs: `[T, 2·intermediate]`, gate and up, or `[T, intermediate]`.
  ///   - output: `[T, intermediate]`.
  func forward(_ w: Worker, inputs: Rows, into output: Rows) {
    if isGated {
      GatedActivation.forward(w, kind: kind, gate: gate(inputs), up: up(inputs), into: output)
    } else {
      Activation.forward(w, kind: kind, x: inputs, into: output)
    }
  }

  /// Turns `inputs` into their gradients, from that of the output.
  func backward(_ w: Worker, dy: Rows, inputs: Rows) {
    if isGated {
      let (gate, up) = (gate(inputs), up(inputs))
      GatedActivation.backward(w, kind: kind, dy: dy, gate: gate, up: up, dGate: gate, dUp: up)
    } else {
      Activation.backward(w, kind: kind, dy: dy, x: inputs, into: inputs)
    }
  }

  private func gate(_ inputs: Rows) -> Rows { inputs.columns(from: 0, count: width) }
  private func up(_ inputs: Rows) -> Rows { inputs.columns(from: width, count: width) }
}
