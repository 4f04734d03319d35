import Foundation
import Text
import Transformer

/// What transformers' `AutoProcessor` reads beside a seeing model's tokenizer.
public enum ProcessorFiles {
  /// - Parameter images: how pictures are prepared; its tiles are the tower's size.
  /// - Returns: contents by name, for `ModelFolder.write`.
  public static func files(
    images: ImageProcessor, vision: VisionConfiguration
  ) -> [String: Data] {
    precondition(images.tileSize == vision.imageSize, "tiles have the tower's size")
    func edge(_ pixels: Int) -> JSONValue { .object(JSONObject([("longest_edge", .integer(pixels))])) }
    func numbers(_ values: [Double]?) -> JSONValue { .array((values ?? [0.5, 0.5, 0.5]).map { .number($0) }) }
    let size: JSONValue =
      switch images.size {
      case .longestEdge(let pixels): edge(pixels)
      case .exactly(let height, let width):
        .object(JSONObject([("height", .integer(height)), ("width", .integer(width))]))
      case nil: edge(images.tileSize)
      }
    let preprocessor = JSONObject([
      ("do_convert_rgb", .bool(true)), ("do_image_splitting", .bool(images.splits)),
      ("do_normalize", .bool(images.mean != nil)), ("do_pad", .bool(true)),
      ("do_rescale", .bool(images.rescaleFactor != nil)), ("do_resize", .bool(images.size != nil)),
      ("image_mean", numbers(images.mean)), ("image_processor_type", .string("Idefics3ImageProcessor")),
      ("image_std", numbers(images.deviation)), ("max_image_size", edge(images.tileSize)),
      ("processor_class", .string("Idefics3Processor")), ("resample", .integer(images.resampling.rawValue)),
      ("rescale_factor", .number(images.rescaleFactor ?? 1 / 255)), ("size", size),
    ])
    // Not SmolVLM's own class, which does the same to pictures but asks for a video processor and its libraries.
    let processor = JSONObject([
      ("image_seq_len", .integer(vision.tokensPerImage)), ("processor_class", .string("Idefics3Processor")),
    ])
    return ["preprocessor_config.json": preprocessor, "processor_config.json": processor].mapValues {
      Data((JSONWriter.text(.object($0)) + "\n").utf8)
    }
  }
}
