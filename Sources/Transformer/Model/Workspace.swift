import Kernels

/// Room that every block of a pass uses in turn.
final class Workspace: Sendable {
  /// `[T, hidden]` normalised inputs, and gradients of them.
  let normed = FloatStore()
  /// `[T, intermediate]` what comes out of the activation, and its gradient.
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
  /// `[T, (heads + 2·kvHeads)·size]` gradients of queries, keys and values.
  let dHeads = FloatStore()
  /// `[T, hidden]` gradient of what is normalised before it joins the residual stream, where anything is.
  let dProjected = FloatStore()
  /// `[T, rank]` s·dy·B of up to three linears that share an input.
  let v = [FloatStore(), FloatStore(), FloatStore()]

  /// For one chunk of head rows: `[chunk, hidden]` normalised, `[chunk, 1 or 2]`, `[chunk, vocabulary]`, `[chunk, hidden]`.
  let hidden = FloatStore()
  let hiddenStatistics = FloatStore()
  let logits = FloatStore()
  let dHidden = FloatStore()
  /// `[N]`
  let losses = FloatStore()

  var byteCount: Int {
    let stores = [
      normed, wide, dropped, final, gradient, headGradient, dAttention, dAttentionHead, dHeads, dProjected,
      hidden, hiddenStatistics, logits, dHidden, losses,
    ]
    return (stores + v).reduce(0) { $0 + $1.byteCount }
  }
}
