import Foundation
import HuggingFace
import TestFiles
import Testing
import Text
import Transformer

/// Fields of `config.json` that transformers does not use: read without them, and told.
@Suite struct UnusedFieldsTests {
  private func value(_ json: String) throws -> JSONValue { try JSONParser.parse(Array(json.utf8)) }

  /// The small Llama with one field set; that of transformers 5 is taken out where transformers 4's is set.
  private func outline(_ field: String, _ json: String) throws -> ModelOutline {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    if field == "rope_scaling" {
      try folder.set("config.json", "rope_parameters", nil)
      try folder.set("config.json", "rope_theta", .integer(10_000))
    }
    try folder.set("config.json", field, try value(json))
    return try ModelFolder.outline(at: folder.url)
  }

  // MARK: Rotary embeddings

  private static let linear = #""rope_type": "linear", "factor": 2.0"#
  private static let yarn = #""rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 64"#
  private static let llama3 = """
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64
    """

  /// transformers' log-probabilities are the same to the bit with and without each of these.
  static let unused: [(type: String, extra: String, names: String)] = [
    (#""rope_type": "default""#, #""factor": 3.0, "mrope_section": [2, 1, 1]"#, "factor, mrope_section"),
    (linear, #""original_max_position_embeddings": 64"#, "original_max_position_embeddings"),
    (linear, #""attention_factor": 0.7, "alpha": 4.0"#, "attention_factor, alpha"),
    (yarn, #""finetuned": true"#, "finetuned"), (yarn, #""attn_factor": 0.5, "type": "yarn""#, "attn_factor"),
    (yarn, #""short_factor": [1, 1, 1, 1], "extrapolation_factor": 1.0"#, "short_factor, extrapolation_factor"),
    (llama3, #""beta_fast": 16, "truncate": false"#, "beta_fast, truncate"),
  ]

  @Test(arguments: unused.indices, ["rope_scaling", "rope_parameters"])
  func fieldsOfOtherTypesAreTold(_ index: Int, _ field: String) throws {
    let (type, extra, names) = Self.unused[index]
    let plain = try outline(field, "{\"rope_theta\": 10000.0, \(type)}")
    let more = try outline(field, "{\"rope_theta\": 10000.0, \(type), \(extra)}")
    #expect(more.configuration == plain.configuration && plain.notices.isEmpty, "\(plain.notices)")
    let notice = try #require(more.notices.first)
    #expect(
      more.notices.count == 1 && notice.contains("config.json: \(field) has \(names), which the type "), "\(notice)")
    #expect(notice.hasSuffix("does not use, here as in transformers"), "\(notice)")
  }

  @Test(arguments: ["type", "rope_type"], ["rope_scaling", "rope_parameters"])
  func dynamicChangesNothingUpToTheModelsLength(_ name: String, _ field: String) throws {
    let plain = try outline(field, #"{"rope_theta": 10000.0}"#)
    let dynamic = try outline(
      field,
      "{\"rope_theta\": 10000.0, \"\(name)\": \"dynamic\", \"factor\": 2.0, \"original_max_position_embeddings\": 64}")
    #expect(dynamic.configuration == plain.configuration && dynamic.configuration.maxPositions == 128)
    #expect(dynamic.notices.count == 2, "\(dynamic.notices)")
    #expect(dynamic.notices.first?.contains("\(field).\(name) dynamic is read up to the model's 128 positions") == true)
    #expect(dynamic.notices.last?.contains("original_max_position_embeddings") == true, "\(dynamic.notices)")
  }

  @Test func unknownTypesAreStillRefused() throws {
    for type in ["ntk", "longrope", "mrope", "proportional"] {
      let problem = try #require(refusal { _ = try outline("rope_scaling", "{\"type\": \"\(type)\", \"factor\": 2}") })
      #expect(problem.text.contains("rope_scaling.type \"\(type)\" changes the model's mathematics"), "\(problem)")
    }
  }

  // MARK: Dropout

  @Test(arguments: [
    ("models/tiny-gqa", ["attention_dropout"]), ("families/phi3", ["attention_dropout", "resid_pdrop", "embd_pdrop"]),
    ("families/gpt2", ["attn_pdrop", "resid_pdrop", "embd_pdrop"]), ("families/gemma2", ["attention_dropout"]),
  ])
  func theBasesDropoutIsToldAndNotApplied(_ model: String, _ names: [String]) throws {
    let plain = try ModelFolder.outline(at: Fixtures.folder(model))
    let folder = try TemporaryFolder.copy(of: model)
    for name in names { try folder.set("config.json", name, .number(0.1)) }
    let outline = try ModelFolder.outline(at: folder.url)
    #expect(outline.configuration == plain.configuration && outline.notices.count == 1, "\(outline.notices)")
    let listed = names.map { "\($0) 0.1" }.joined(separator: ", ")
    #expect(outline.notices.first?.contains("\(listed): the base's own dropout is not applied") == true)
  }

  @Test(arguments: ["1.5", "-0.1", "\"0.1\"", "NaN"])
  func noShareIsRefused(_ json: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let text = try String(contentsOfFile: folder.file("config.json"), encoding: .utf8)
    _ = try folder.write(
      text.replacing("\"attention_dropout\": 0.0", with: "\"attention_dropout\": \(json)"), "config.json")
    let problem = try #require(refusal { _ = try ModelFolder.configuration(at: folder.url) })
    #expect(problem.text.contains("attention_dropout is ") && problem.status == 65, "\(problem)")
  }

  // MARK: NaN and Infinity, which Python writes

  private func folder(with members: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let text = try String(contentsOfFile: folder.file("config.json"), encoding: .utf8)
    let end = try #require(text.lastIndex(of: "}"))
    _ = try folder.write("\(text[..<end]), \(members)}", "config.json")
    return folder
  }

  @Test func wordsThatJSONLacksStopNothingWhereTheyAreNotUsed() throws {
    let members = #""time_step_limit": [0.0, Infinity], "x": {"NaN \"-": -Infinity}, "y": NaN"#
    let folder = try folder(with: members)
    let plain = try ModelFolder.configuration(at: Fixtures.folder("models/tiny-gqa"))
    #expect(try ModelFolder.configuration(at: folder.url) == plain)
    // A merged folder has them as they were.
    let target = try TemporaryFolder()
    let place = target.url.appendingPathComponent("merged")
    try MergedModelFolder.write(ModelFolder.load(at: folder.url), base: folder.url, to: place, element: .bfloat16)
    let written = try String(contentsOfFile: place.appendingPathComponent("config.json").path, encoding: .utf8)
    #expect(written.contains("-Infinity") && !written.contains("\"-Infinity\"") && !written.contains("\"NaN\""))
    #expect(try ModelFolder.configuration(at: place) == plain)
  }

  @Test(arguments: [
    (#""rope_scaling": {"type": "linear", "factor": Infinity}"#, "rope_scaling.factor is Infinity; a number is needed"),
    (#""clip_qkv": NaN"#, "clip_qkv"), (#""sliding_window": 1, "bad": NaNs"#, "line "),
  ])
  func wordsInFieldsThatAreUsedAreRefused(_ members: String, _ words: String) throws {
    let folder = try folder(with: members)
    let problem = try #require(refusal { _ = try ModelFolder.configuration(at: folder.url) })
    #expect(problem.text.contains(words) && problem.status == 65, "\(problem)")
  }
}
