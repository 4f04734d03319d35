import Foundation
import TestFiles
import Testing
import Text

/// Pictures in data files: where they may lie, and where in the text they stand.
@Suite struct DataPictureTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("img/deep"), withIntermediateDirectories: true)
    for name in ["img/a.png", "img/deep/b.png", "c.jpg"] { _ = try folder.write("\(name)", name) }
  }

  private func read(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) throws -> DataFile {
    try DataFile.read(try folder.write(text, name), as: reading)
  }

  private func problem(_ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()) -> String {
    refusal { _ = try read(text, name, reading) }?.text.replacing(folder.url.path, with: "D") ?? "none"
  }

  private func files(_ record: DataRecord) -> [String] {
    record.pictures.map { picture in
      if case .file(let path) = picture { path.replacing(folder.url.path + "/", with: "") } else { picture.name }
    }
  }

  private func contents(_ record: DataRecord) -> [String] {
    if case .conversation(let messages) = record.body { messages.map(\.content) } else { [] }
  }

  @Test func promptsWithPictures() throws {
    let data = try read(
      """
      {"prompt": "What?", "completion": "A", "image": "img/a.png"}
      {"prompt": "One <image> and <image>.", "completion": "B", "images": ["c.jpg", "./img/../img/deep/b.png"]}
      {"prompt": "None, <image> is a word", "completion": "C", "image": null}
      {"prompt": "Empty", "completion": "D", "image": ""}
      {"prompt": "", "completion": "E", "images": [{"path": "c.jpg", "bytes": null}]}
      """)
    #expect(data.detected == "prompt/completion, 5 examples, 4 pictures")
    #expect(data.records.map(files) == [["img/a.png"], ["c.jpg", "img/deep/b.png"], [], [], ["c.jpg"]])
    #expect(
      data.records.map(\.body) == [
        .promptCompletion(prompt: "<image>What?", completion: "A"),
        .promptCompletion(prompt: "One <image> and <image>.", completion: "B"),
        .promptCompletion(prompt: "None, <image> is a word", completion: "C"),
        .promptCompletion(prompt: "Empty", completion: "D"), .promptCompletion(prompt: "<image>", completion: "E"),
      ])
  }

  @Test func jsonAndColumns() throws {
    let json = try read(#"[{"prompt": "q", "completion": "a", "image": "c.jpg"}]"#, "d.json")
    #expect(json.records.map(files) == [["c.jpg"]])
    let csv = try read(
      "prompt,completion,images\nq,a,c.jpg\nq,a,\nq,a,\"[\"\"c.jpg\"\", \"\"img/a.png\"\"]\"\n", "d.csv")
    #expect(csv.records.map(files) == [["c.jpg"], [], ["c.jpg", "img/a.png"]])
    #expect(
      problem("prompt,completion,image\nq,a,none.png\n", "d.csv")
        == "D/d.csv: line 2: there is no picture D/none.png; check the path, or name its folder with --image-root")
  }

  /// As LLaVA's data has them, and content parts of every kind.
  @Test func conversationsWithPictures() throws {
    let data = try read(
      """
      {"image": "c.jpg", "conversations": [{"from": "human", "value": "<image>\\nWhat?"}, {"from": "gpt", "value": "A"}]}
      {"image": "c.jpg", "conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "What?"}, {"from": "gpt", "value": "A"}]}
      """, "llava.jsonl")
    #expect(data.records.map(files) == [["c.jpg"], ["c.jpg"]])
    #expect(data.records.map(contents) == [["<image>\nWhat?", "A"], ["s", "<image>What?", "A"]])

    let parts = try read(
      """
      {"images": ["c.jpg"], "messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "A"}]}
      {"messages": [{"role": "user", "content": [{"type": "text", "text": "This: "}, {"type": "image", "image": "img/a.png", "x": 1}, {"type": "image", "path": "c.jpg"}]}, {"role": "assistant", "content": [{"type": "text", "text": "A"}]}]}
      {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AQID"}}]}, {"role": "assistant", "content": "A"}]}
      {"images": ["c.jpg", "img/a.png"], "messages": [{"role": "user", "content": "First <image>"}, {"role": "assistant", "content": "A"}, {"role": "user", "content": [{"type": "text", "text": "Then "}, {"type": "image"}]}, {"role": "assistant", "content": "B"}]}
      {"image": "c.jpg", "messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "A"}]}
      """, "parts.jsonl")
    #expect(
      parts.records.map(files) == [
        ["c.jpg"], ["img/a.png", "c.jpg"], ["the picture of turn 1"], ["c.jpg", "img/a.png"], ["c.jpg"],
      ])
    #expect(
      parts.records.map(contents) == [
        ["<image>What?", "A"], ["This: <image><image>", "A"], ["<image>", "A"],
        ["First <image>", "A", "Then <image>", "B"], ["<image>What?", "A"],
      ])
    #expect(parts.records[2].pictures == [.encoded([1, 2, 3], name: "the picture of turn 1")])
    // A template sees that there is a picture, and nothing of where it came from.
    let messages = try #require(parts.records[1].turns)
    let content = messages[0].fields["content"]?.array ?? []
    #expect(content.last == .object(JSONObject([("type", .string("image"))])) && content.count == 3)
  }

  @Test func alpacaWithAPicture() throws {
    let data = try read(#"{"instruction": "Look", "input": "at <image>", "output": "A", "image": "c.jpg"}"#)
    #expect(contents(data.records[0]) == ["Look\nat <image>", "A"])
    #expect(files(data.records[0]) == ["c.jpg"])
  }

  private func prompt(_ image: String) -> String { #"{"prompt": "q", "completion": "a", "image": \#(image)}"# }

  @Test func picturesStayInTheirFolder() throws {
    let other = try TemporaryFolder()
    let file = try other.write("x", "x.png")
    let advice = "name the folder of the pictures with --image-root"
    for path in ["../x.png", "img/../../x.png", file.path, "/etc/passwd", "..", "a\\u0000/../c.jpg"] {
      let text = problem(prompt("\"\(path)\""))
      #expect(text.hasPrefix("D/d.jsonl: line 1: the picture "), "\(path)")
      #expect(text.contains("lies outside of the data file's folder") && text.hasSuffix(advice), "\(text)")
    }
    // Nor does a link lead out of it, unless the folder was named.
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("link.png"), withDestinationURL: file)
    #expect(problem(prompt("\"link.png\"")).contains("lies outside"))
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("inner.png"),
      withDestinationURL: folder.url.appendingPathComponent("c.jpg"))
    #expect(try read(prompt("\"inner.png\"")).records.map(files) == [["inner.png"]])
    // Its own folder's absolute path is inside of it.
    #expect(try read(prompt("\"\(folder.file("c.jpg"))\"")).records.map(files) == [["c.jpg"]])

    let rooted = DataReading(imageRoot: other.url.path)
    // A slash with a combining mark behind it is a slash.
    for path in ["../\u{301}x.png", "a/../../\u{301}x.png"] {
      #expect(problem(prompt("\"\(path)\""), "d.jsonl", rooted).contains("lies outside"), "\(path.debugDescription)")
    }
    for path in ["x.png", file.path] {
      let data = try read(prompt("\"\(path)\""), "d.jsonl", rooted)
      #expect(data.records[0].pictures == [.file(path: file.path)])
    }
    #expect(
      problem(prompt("\"\(folder.file("c.jpg"))\""), "d.jsonl", rooted)
        == "D/d.jsonl: line 1: the picture D/c.jpg lies outside of the folder \(other.url.path) of --image-root; \(advice)"
    )
    #expect(try read(prompt("\"link.png\""), "d.jsonl", DataReading(imageRoot: folder.url.path)).records.count == 1)
  }

  @Test func whatIsMissingOrNoPictureIsNamed() throws {
    let missing = refusal { _ = try read("\n" + prompt("\"img/none.png\"")) }
    #expect(missing?.status == 66)
    #expect(
      missing?.text.replacing(folder.url.path, with: "D")
        == "D/d.jsonl: line 2: there is no picture D/img/none.png; check the path, or name its folder with --image-root"
    )
    #expect(problem(prompt("\"img\"")) == "D/d.jsonl: line 1: the picture D/img is not a file")
    #expect(problem(prompt("7")).contains("field image is a number, not a picture's path; --image-field"))
    #expect(problem(prompt("{\"size\": 3}")).contains("field image has an object without path or bytes"))
    #expect(problem(prompt("\"https://e.org/a.png\"")).contains("is the address https://e.org/a.png; download"))
    #expect(problem(prompt("\"data:image/png,abc\"")).contains("has a data URI that is not base64"))
    #expect(problem(prompt("\"data:image/png;base64,\"")).contains("has a picture that is not base64"))
    #expect(
      problem(#"[{"prompt": "q", "completion": "a", "image": "n.png"}]"#, "d.json")
        == "D/d.json: line 1: item 1: there is no picture D/n.png; check the path, or name its folder with --image-root"
    )
  }

  @Test func placesAndPicturesAreCounted() throws {
    #expect(
      problem(#"{"prompt": "<image> <image>", "completion": "a", "image": "c.jpg"}"#)
        == "D/d.jsonl: line 1: has 1 picture for 2 <image>; give one for each")
    #expect(
      problem(#"{"prompt": "<image>", "completion": "a", "images": ["c.jpg", "c.jpg"]}"#)
        == "D/d.jsonl: line 1: has 2 pictures for 1 <image>; give one for each")
    func turns(_ content: String, _ answer: String = "\"A\"", _ image: String = "") -> String {
      #"{\#(image)"messages": [{"role": "user", "content": \#(content)}, {"role": "assistant", "content": \#(answer)}]}"#
    }
    #expect(problem(turns(#"[{"type": "image"}]"#)).contains("turn 1 has a picture that neither it nor a field"))
    #expect(problem(turns(#"[{"type": "image", "path": ""}]"#)).contains("turn 1 has a picture without a path"))
    #expect(
      problem(turns("\"q\"", #"[{"type": "image", "path": "c.jpg"}]"#)).contains("turn 2 is the assistant's and has"))
    #expect(
      problem(turns("\"<image><image>\"", "\"A\"", #""image": "c.jpg", "#)).contains("has 1 picture for 2 <image>"))
    #expect(
      problem(turns(#"[{"type": "image", "path": "c.jpg"}]"#, "\"A\"", #""image": "c.jpg", "#))
        .contains("has 1 picture for 0 <image>"))
    // Text that happens to hold the word is left alone.
    #expect(contents(try read(turns("\"<image>\"")).records[0]) == ["<image>", "A"])
    #expect(
      contents(try read(turns("\"q\"", "\"<image>\"", #""image": "c.jpg", "#)).records[0]) == ["<image>q", "<image>"])
  }

  @Test func theFieldCanBeNamed() throws {
    let text = #"{"prompt": "q", "completion": "a", "image": 3, "photo": "c.jpg"}"#
    #expect(try read(text, "d.jsonl", DataReading(imageField: "photo")).records.map(files) == [["c.jpg"]])
    #expect(try read(text, "d.jsonl", DataReading(imageField: "none")).records.map(files) == [[]])
    #expect(try read(text, "d.jsonl", DataReading(imageField: "other")).records.map(files) == [[]])
  }
}
