import HuggingFace
import Transformer

/// How the embedded base takes a picture: one tile, in the tokens that SmolVLM's processor puts around it.
struct PictureTokens: Sendable {
  /// Stands in text for a picture, and in a sequence for each of its tokens.
  let image: Int32
  /// Stands before and after a picture.
  let fence: Int32
  /// Says that the whole picture follows.
  let whole: Int32
  let count: Int

  /// Every image token of a text becomes a picture's tokens.
  func expand(_ ids: [Int32]) -> [Int32] {
    guard ids.contains(image) else { return ids }
    return ids.flatMap { id in
      id == image ? [fence, whole] + [Int32](repeating: image, count: count) + [fence] : [id]
    }
  }

  /// From 0…255 to −1…1, the planes one after another.
  func pixels(_ picture: RasterImage) -> PixelValues {
    let plane = picture.width * picture.height
    var values = [Float](repeating: 0, count: 3 * plane)
    for place in 0..<plane {
      for channel in 0..<3 {
        values[channel * plane + place] = (Float(picture.pixels[3 * place + channel]) / 255 - 0.5) / 0.5
      }
    }
    return PixelValues(size: picture.width, values: values)
  }
}
