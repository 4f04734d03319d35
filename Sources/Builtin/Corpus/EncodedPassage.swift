import Transformer

/// A passage as the model reads it.
struct EncodedPassage: Sendable {
  var tokens: [Int32] = []
  /// Whether each token is learned or only read.
  var learned: [Bool] = []
  var images: [PixelValues] = []
}
