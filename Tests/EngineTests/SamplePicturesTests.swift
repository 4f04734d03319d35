import Builtin
import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import TestFiles
import Testing
import Text
import Training

/// Pictures of evaluated examples on their way to a screen.
@Suite struct SamplePicturesTests {
  private func request(
    _ example: Example, _ index: Int, columns: Int = 40, rows: Int = 30
  ) -> SamplePictureRequest {
    SamplePictureRequest(
      run: 1, index: index, prompt: example.prompt, expected: example.completion, columns: columns, rows: rows)
  }

  private func small(_ pictures: [SamplePicture]) -> [SmallPicture] {
    pictures.compactMap { if case .small(let picture) = $0 { picture } else { nil } }
  }

  @Test(
    "a built-in task's picture is that of the example, in its proportions", arguments: ["invoice-ocr", "llava-cot"])
  func builtin(_ name: String) throws {
    var settings = RunSettings()
    settings.evaluationExamples = 12
    let plan = RunPlan(model: .builtin, data: .task(name: name), targets: .oProj, settings: settings)
    let example = try BuiltinTasks.named(name, version: settings.dataVersion).examples(
      split: .evaluation, count: 12, seed: 0)[7]
    let image = try #require(example.images.first).decoded()
    let found = small(try SamplePictures().pictures(request(example, 7), of: plan))
    let picture = try #require(found.first)
    #expect(found.count == 1 && picture.originalWidth == image.width && picture.originalHeight == image.height)
    // Square, and no larger than there is room.
    #expect(picture.width == 30 && picture.height == 30 && picture.pixels.count == 900)
    let corner = image.resized(width: 30, height: 30, .bilinear).pixels
    let first: UInt32 = corner[0..<3].reduce(0) { (sum: UInt32, byte: UInt8) -> UInt32 in (sum << 8) | UInt32(byte) }
    #expect(picture.pixels[0] == first)
    // The example of another number is another one, and beyond the last there is none.
    #expect(throws: Refusal.self) { try SamplePictures().pictures(request(example, 6), of: plan) }
    #expect(throws: Refusal.self) { try SamplePictures().pictures(request(example, 12), of: plan) }
  }

  @Test("of a person's file each picture is small, or says why it is not")
  func file() throws {
    let folder = try TemporaryFolder()
    let image = RasterImage(width: 4, height: 2, pixels: (0..<24).map { place -> UInt8 in UInt8(place * 10) })
    try image.writePNG(to: folder.url.appendingPathComponent("a.png"))
    _ = try folder.write(Array(try image.png().dropLast(30)), "b.png")
    let lines = [
      #"{"prompt": "<image> or <image>?", "completion": "first", "images": ["a.png", "b.png"]}"#,
      #"{"prompt": "What is an <image>?", "completion": "a tag"}"#,
    ]
    let evaluation = try folder.write(lines.joined(separator: "\n"), "eval.jsonl")
    let training = try folder.write(#"{"prompt": "q", "completion": "a"}"#, "train.jsonl")
    let plan = RunPlan(
      model: .builtin, data: .file(path: training.path, evaluation: .file(path: evaluation.path)), targets: .oProj,
      settings: RunSettings())
    func ask(_ index: Int, _ prompt: String, _ expected: String) throws -> [SamplePicture] {
      try SamplePictures().pictures(
        SamplePictureRequest(run: 1, index: index, prompt: prompt, expected: expected, columns: 40, rows: 30), of: plan)
    }
    let pictures = try ask(0, "<image> or <image>?", "first")
    // It is smaller than there is room, and stays as it is.
    let pixels: [UInt32] = (0..<8).map { place -> UInt32 in
      let red = UInt32(place) * 30
      return (red << 16) | ((red + 10) << 8) | (red + 20)
    }
    let whole = SmallPicture(originalWidth: 4, originalHeight: 2, width: 4, height: 2, pixels: pixels)
    #expect(pictures.count == 2 && pictures.first == .small(whole))
    guard case .unreadable(let reason) = pictures.last else {
      Issue.record("a damaged picture was read")
      return
    }
    #expect(reason.contains("b.png") && !reason.contains("\n"))
    #expect(try ask(1, "What is an <image>?", "a tag").isEmpty)
    // The file has changed since.
    #expect(throws: Refusal.self) { try ask(1, "What is an <image>?", "a word") }
    try FileManager.default.removeItem(at: evaluation)
    #expect(throws: (any Error).self) { try ask(0, "<image> or <image>?", "first") }
  }
}
