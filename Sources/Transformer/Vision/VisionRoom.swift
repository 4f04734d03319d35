import Kernels

/// Room of a vision tower that its blocks do not use.
final class VisionRoom: Sendable {
  /// `[T, 3 · patchSize²]` pixels, a patch a row.
  let patches = FloatStore()
  /// `[T, 2]` of the norm after the last block.
  let statistics = FloatStore()
  /// `[image tokens, scaleFactor² · width]` what the connector takes, and its gradient.
  let shuffled = FloatStore()
  /// `[image tokens, decoder's width]`, of all images.
  let features = FloatStore()
  let dFeatures = FloatStore()

  /// - Parameters:
  ///   - width: of the decoder's residual stream.
  ///   - images: all of them.
  ///   - atOnce: those that go through the tower together.
  func reserve(_ vision: VisionConfiguration, width: Int, images: Int, atOnce: Int, training: Bool) {
    patches.reserve(atOnce * vision.patches, Patches.columns(side: vision.patchSize))
    shuffled.reserve(atOnce * vision.tokensPerImage, vision.shuffledWidth)
    features.reserve(images * vision.tokensPerImage, width)
    guard training else { return }
    statistics.reserve(atOnce * vision.patches, 2)
    dFeatures.reserve(images * vision.tokensPerImage, width)
  }

  var byteCount: Int { [patches, statistics, shuffled, features, dFeatures].reduce(0) { $0 + $1.byteCount } }
}
