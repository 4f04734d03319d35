import Foundation
import HuggingFace
import TestFiles
import Testing
import Text

@Suite struct ImageProcessorTests {
  @Test func resizesAsPillow() throws {
    let goldens = try ImageGoldens.list("resized")
    #expect(goldens.count == 33)
    for golden in goldens {
      let filter = try #require(Resampling(rawValue: golden.number("filter")))
      let image = try ImageGoldens.image(golden.text("picture")).resized(
        width: golden.number("width"), height: golden.number("height"), filter)
      #expect(image.width == golden.number("width") && image.height == golden.number("height"))
      #expect(
        try SHA256.hex(image.pixels) == golden.text("sha256"),
        "\(golden.text("picture")) to \(image.width) × \(image.height), \(filter)")
    }
  }

  /// Tiles, their order and every float of them are those of transformers' Idefics3 and SmolVLM processors.
  @Test func tilesAreThoseOfTransformers() throws {
    let goldens = try ImageGoldens.list("processed")
    #expect(goldens.count == 9)
    for golden in goldens {
      let folder = try TemporaryFolder()
      _ = try folder.write(JSONWriter.text(golden["config"] ?? .null), "preprocessor_config.json")
      let processor = try ImageProcessor(folder: folder.url)
      for result in golden["results"]?.array?.compactMap(\.object) ?? [] {
        let tiles = processor.tiles(of: try ImageGoldens.image(result.text("picture")))
        let place = "\(golden.text("name")), \(result.text("picture"))"
        #expect(tiles.rows == result.number("rows") && tiles.columns == result.number("columns"), "\(place)")
        #expect(tiles.size == result.number("size") && tiles.size == processor.tileSize, "\(place)")
        let values = tiles.pixelValues
        #expect(try values.map { try ImageGoldens.sha256($0.values) } == result.texts("tiles"), "\(place)")
        let first = result["first"]?.array?.compactMap { $0.double.map(Float.init) } ?? []
        #expect((0..<3).map { values[0].values[$0 * tiles.size * tiles.size] } == first, "\(place)")
      }
    }
  }

  @Test func readsBothPlacesAndTheDefaults() throws {
    let folder = try TemporaryFolder()
    #expect(refusal { _ = try ImageProcessor(folder: folder.url) }?.status == 66)
    _ = try folder.write("{}", "preprocessor_config.json")
    let standard = try ImageProcessor(folder: folder.url)
    #expect(standard == ImageProcessor(size: .longestEdge(1456), splits: true, tileSize: 364))
    // Newer versions write one file, which is looked at first.
    _ = try folder.write(
      #"{"image_seq_len": 9, "image_processor": {"image_processor_type": "SmolVLMImageProcessorFast", "size": 32, "#
        + #""do_image_splitting": false, "max_image_size": {"longest_edge": 32}, "do_center_crop": false, "#
        + #""crop_size": null, "image_mean": 0.25, "resample": 2, "do_pad": false}}"#, "processor_config.json")
    let nested = try ImageProcessor(folder: folder.url)
    #expect(
      nested
        == ImageProcessor(
          size: .exactly(height: 32, width: 32), resampling: .bilinear, splits: false, tileSize: 32,
          mean: [0.25, 0.25, 0.25]))
  }

  @Test(arguments: [
    (#"{"do_center_crop": true}"#, "do_center_crop true"), (#"{"pad_size": {"height": 3}}"#, "pad_size"),
    (#"{"do_reduce_colours": "yes"}"#, "do_reduce_colours"), (#"{"resample": 0}"#, "resample 0"),
    (#"{"resample": 5}"#, "resample 5"), (#"{"size": {"shortest_edge": 3}}"#, "size"),
    (#"{"size": [3, 4]}"#, "size"), (#"{"size": 0}"#, "size is 0"),
    (#"{"size": {"longest_edge": -1}}"#, "size.longest_edge"),
    (#"{"max_image_size": 364}"#, "max_image_size"), (#"{"max_image_size": {"longest_edge": 0.5}}"#, "longest_edge"),
    (#"{"image_mean": [1, 2]}"#, "image_mean"), (#"{"image_std": 0}"#, "image_std"),
    (#"{"image_std": [1, 0, 1]}"#, "image_std"), (#"{"do_rescale": 1}"#, "do_rescale"),
    (#"{"data_format": "channels_last"}"#, "data_format"),
    (#"{"image_processor_type": "CLIPImageProcessor"}"#, "image_processor_type is CLIPImageProcessor"),
    ("[]", "a list"), ("{", "not JSON"),
  ])
  func refusesByName(_ config: String, _ named: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(config, "preprocessor_config.json")
    let error = refusal { _ = try ImageProcessor(folder: folder.url) }
    #expect(error?.text.hasPrefix(folder.file("preprocessor_config.json")) == true)
    #expect(error?.text.contains(named) == true && error?.text.contains("\n") == false, "\(error?.text ?? "read")")
    #expect(error?.status == 65)
  }

  /// Sides of one pixel and of every remainder end in whole tiles.
  @Test func everyShapeFallsIntoWholeTiles() {
    let processor = ImageProcessor(size: .longestEdge(40), splits: true, tileSize: 16)
    for (width, height) in [(1, 1), (1, 500), (500, 1), (16, 17), (33, 40), (40, 33), (3, 2)] {
      let image = RasterImage(
        width: width, height: height, pixels: Array(repeating: 7, count: 3 * width * height))
      let tiles = processor.tiles(of: image)
      #expect(tiles.tiles.count == tiles.rows * tiles.columns + 1)
      #expect(tiles.tiles.allSatisfy { $0.count == 3 * 16 * 16 && $0.allSatisfy { $0 == 7 } })
    }
  }
}
