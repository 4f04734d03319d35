import Foundation
import Recipe
import Text
import Transformer

/// Reads an image processor from a model's folder: `image_processor` in `processor_config.json`, where newer versions of
/// transformers write it, else `preprocessor_config.json`. What is missing there has the defaults of its class.
struct ImageProcessorReader {
  private let fields: ConfigurationFields
  /// `image_seq_len` of `processor_config.json`, if it says.
  let sequenceLength: Int?

  private static let classes = ["Idefics3ImageProcessor", "SmolVLMImageProcessor"]
  /// What changes no pixel of a single picture, whatever it says.
  private static let inert: Set<String> = [
    "image_processor_type", "feature_extractor_type", "processor_class", "auto_map", "do_convert_rgb", "do_pad",
    "return_row_col_info", "return_tensors", "disable_grouping", "device", "video_sampling", "image_seq_length",
    "default_to_square",
  ]
  private static let known: Set<String> = [
    "do_resize", "size", "resample", "do_image_splitting", "max_image_size", "do_rescale", "rescale_factor",
    "do_normalize", "image_mean", "image_std", "data_format",
  ]
  /// Of Idefics3's and SmolVLM's classes.
  private static let standardTile = 364
  private static let mostPixels = 8192

  /// - Throws: `ModelFolderError`, `FileError`.
  init(folder: URL) throws {
    let whole = try Self.object(folder, "processor_config.json")
    sequenceLength = try whole?.sizeIfPresent("image_seq_len")
    if let inner = try whole?.fields("image_processor") {
      fields = inner
    } else if let own = try Self.object(folder, "preprocessor_config.json") {
      fields = own
    } else {
      throw ModelFolderError.missing(
        folder.path, "has no preprocessor_config.json, which says how pictures are prepared; take the model's own")
    }
  }

  init(_ object: JSONObject, path: String) {
    fields = ConfigurationFields(path: path, object: object)
    sequenceLength = nil
  }

  /// - Throws: `ModelFolderError` for a field that would change pixels in a way that is not known here.
  func processor() throws -> ImageProcessor {
    try checkClass()
    for member in fields.object.members where !Self.known.contains(member.key) && !Self.inert.contains(member.key) {
      // What is off or not set does nothing.
      guard member.value.isNull || member.value.bool == false else { throw fields.refused(member.key, member.value) }
    }
    if let format = fields.object.value("data_format"), format.string != "channels_first" {
      throw fields.refused("data_format", format)
    }
    let isRescaled = try fields.flag("do_rescale", default: true)
    let isNormalized = try fields.flag("do_normalize", default: true)
    let deviation = try channels("image_std")
    guard deviation.allSatisfy({ $0 != 0 }) else {
      throw fields.wrong("image_std", fields.object["image_std"] ?? .null, "a number other than 0 for each channel")
    }
    return ImageProcessor(
      size: try fields.flag("do_resize", default: true) ? try size() : nil, resampling: try resampling(),
      splits: try fields.flag("do_image_splitting", default: true), tileSize: try tileSize(),
      rescaleFactor: isRescaled ? try fields.number("rescale_factor", default: 1 / 255) : nil,
      mean: isNormalized ? try channels("image_mean") : nil, deviation: isNormalized ? deviation : nil)
  }

  private func checkClass() throws {
    let name = "image_processor_type"
    guard let value = fields.object.value(name) else { return }
    let plain = value.string.map { text in
      ["Fast", "Pil"].first(where: text.hasSuffix).map { String(text.dropLast($0.count)) } ?? text
    }
    guard let plain, Self.classes.contains(plain) else {
      throw ModelFolderError.data(
        fields.path,
        "\(name) is \(OneLine.name(value.string ?? value.kind)); "
          + "\(Self.classes.joined(separator: " and ")) are known")
    }
  }

  private func size() throws -> ImageProcessor.Size {
    guard let value = fields.object.value("size") else { return .longestEdge(4 * Self.standardTile) }
    if value.integer != nil {
      let side = try fields.size("size", most: Self.mostPixels)
      return .exactly(height: side, width: side)
    }
    guard let inner = try fields.fields("size") else { throw fields.refused("size", value) }
    if let edge = try inner.sizeIfPresent("longest_edge") { return .longestEdge(min(edge, Self.mostPixels)) }
    guard inner.object.value("height") != nil, inner.object.value("width") != nil else {
      throw fields.refused("size", value)
    }
    return .exactly(
      height: try inner.size("height", most: Self.mostPixels), width: try inner.size("width", most: Self.mostPixels))
  }

  private func tileSize() throws -> Int {
    guard let inner = try fields.fields("max_image_size") else { return Self.standardTile }
    return try inner.size("longest_edge", most: Self.mostPixels)
  }

  private func resampling() throws -> Resampling {
    guard let value = fields.object.value("resample") else { return .lanczos }
    guard let filter = value.integer.flatMap(Resampling.init(rawValue:)) else {
      throw fields.refused("resample", value)
    }
    return filter
  }

  /// One number for all channels, or one for each.
  private func channels(_ name: String) throws -> [Double] {
    guard let value = fields.object.value(name) else { return [0.5, 0.5, 0.5] }
    if value.double != nil { return Array(repeating: try fields.number(name), count: 3) }
    let list = value.array?.compactMap(\.double).filter(\.isFinite) ?? []
    guard list.count == 3, value.array?.count == 3 else {
      throw fields.wrong(name, value, "a number, or one for each of the 3 channels,")
    }
    return list
  }

  private static func object(_ folder: URL, _ name: String) throws -> ConfigurationFields? {
    let path = folder.appendingPathComponent(name).path
    guard InputFile.exists(path) else { return nil }
    let bytes = try InputFile.whole(path)
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else {
        throw ModelFolderError.data(path, "is \(document.kind), not an object")
      }
      return ConfigurationFields(path: path, object: object)
    } catch let error as JSONError {
      throw ModelFolderError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
  }
}

extension ImageProcessor {
  /// From a model's folder.
  ///
  /// - Throws: `ModelFolderError` for files that are missing or ask for what is not known here, `FileError`.
  public init(folder: URL) throws { self = try ImageProcessorReader(folder: folder).processor() }
}

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
