import Kernels

/// Room that every block of a pass uses in turn.
final class Workspace: Sendable {
  /// `[T, hidden]` normalised inputs, and gradients of them.
  let normed = FloatStore()
  /// `[T, intermediate]` the product of gate and up, and its gradient.
  let wide = FloatStore()
  /// `[T, max in]` dropped inputs of a LoRA branch, with dropout only.
  let dropped = FloatStore()
  /// `[N, hidden]` the residual stream above the top block.
  let final = FloatStore()

  /// `[T, hidden]` gradient of the residual stream.
  let gradient = FloatStore()
  /// `[N, hidden]` the same, while only the head rows are under way.
  let headGradient = FloatStore()
  let dAttention = FloatStore()
  /// `[N, heads·size]`
  let dAttentionHead = FloatStore()
  let dQ = FloatStore()
  let dK = FloatStore()
  let dV = FloatStore()
  /// `[T, rank]` s·dy·B of up to three linears that share an input.
  let v = [FloatStore(), FloatStore(), FloatStore()]

  /// For one chunk of head rows: `[chunk, hidden]` normalised, `[chunk]`, `[chunk, vocabulary]`, `[chunk, hidden]`.
  let hidden = FloatStore()
  let hiddenInverseRMS = FloatStore()
  let logits = FloatStore()
  let dHidden = FloatStore()
  /// `[N]`
  let losses = FloatStore()

  var byteCount: Int {
    let stores = [
      normed, wide, dropped, final, gradient, headGradient, dAttention, dAttentionHead, dQ, dK, dV, hidden,
      hiddenInverseRMS, logits, dHidden, losses,
    ]
    return (stores + v).reduce(0) { $0 + $1.byteCount }
  }
}
