import Foundation
import HuggingFace
import TestFiles
import Testing
import Text
import Transformer

/// Where transformers takes a scaling's numbers from that stand in more than one place, or in one that it does not look at: its
/// log-probabilities are those of the folder that each is compared with here.
@Suite struct OriginalPositionsTests {
  /// The folder with fields of `config.json` set, or taken out for `null`.
  private func outline(_ model: String, _ fields: [(name: String, json: String)]) throws -> ModelOutline {
    let folder = try TemporaryFolder.copy(of: model)
    for field in fields {
      let value = try JSONParser.parse(Array(field.json.utf8))
      try folder.set("config.json", field.name, value.isNull ? nil : value)
    }
    return try ModelFolder.outline(at: folder.url)
  }

  private static let name = "original_max_position_embeddings"
  private static let scaled = [
    #""rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0"#,
    #""rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0"#,
  ]

  @Test(arguments: scaled.indices)
  func theFieldOutsideOfTheParametersCounts(_ index: Int) throws {
    let kind = Self.scaled[index]
    let name = Self.name
    func read(inside: Int?, outside: Int?) throws -> ModelOutline {
      let length = inside.map { ", \"\(name)\": \($0)" } ?? ""
      return try outline(
        "models/tiny-gqa",
        [("rope_parameters", "{\(kind)\(length)}"), (name, outside.map { "\($0)" } ?? "null")])
    }
    let plain = try read(inside: 16, outside: nil)
    let outside = try read(inside: nil, outside: 16)
    let both = try read(inside: 64, outside: 16)
    #expect(outside.configuration == plain.configuration && both.configuration == plain.configuration)
    #expect(plain.configuration != (try read(inside: 64, outside: nil).configuration))
    #expect(plain.notices.isEmpty && outside.notices.isEmpty, "\(plain.notices) \(outside.notices)")
    let notice = try #require(both.notices.first)
    #expect(both.notices.count == 1 && notice.contains("rope_parameters.\(name) 64 stands beside 16"), "\(notice)")
  }

  @Test func aFactorOfNullIsTheRatioOfTheLengths() throws {
    func read(_ factor: String) throws -> ModelConfiguration {
      try outline(
        "models/tiny-gqa",
        [
          (
            "rope_parameters",
            "{\"rope_type\": \"yarn\", \"rope_theta\": 100.0, \"factor\": \(factor), \"\(Self.name)\": 16}"
          )
        ]
      ).configuration
    }
    // The model has 128 positions.
    #expect(try read("null") == read("8.0"))
  }

  @Test func whereLayersHaveParametersOfTheirOwnTheFieldOutsideAndTruncateAreNotSeen() throws {
    func read(_ more: String, outside: String = "null") throws -> ModelOutline {
      try outline(
        "families/gemma3",
        [
          (
            "rope_parameters",
            """
            {"full_attention": {"rope_type": "yarn", "rope_theta": 1000.0, "factor": 4.0, "beta_fast": 3.0, "beta_slow": 0.5,
              "\(Self.name)": 16\(more)}, "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}
            """
          ), (Self.name, outside),
        ])
    }
    let plain = try read("")
    let whole = try read(", \"truncate\": true", outside: "32")
    #expect(whole.configuration == plain.configuration && whole.notices.isEmpty, "\(whole.notices)")
    let truncated = try read(", \"truncate\": false")
    #expect(truncated.configuration == plain.configuration)
    let notice = try #require(truncated.notices.first)
    #expect(notice.contains("rope_parameters.full_attention has truncate, which the type yarn"), "\(notice)")
  }

  /// transformers 5 scales nothing, and transformers 4 by two.
  @Test func anOlderTypeThatOnlySomeVersionsSeeIsRefused() throws {
    func problem(_ scaling: String) -> String {
      let fields = [("rope_parameters", "null"), ("rope_theta", "1000.0"), ("rope_scaling", scaling)]
      return refusal { _ = try outline("families/gemma3", fields.map { (name: $0.0, json: $0.1) }) }?.text ?? ""
    }
    let told = problem(#"{"type": "linear", "factor": 2.0}"#)
    #expect(told.contains("rope_scaling.type \"linear\" stands there without rope_type"), "\(told)")
    #expect(problem(#"{"rope_type": "linear", "type": "linear", "factor": 2.0}"#).isEmpty)
    #expect(problem(#"{"type": "default"}"#).isEmpty)
  }

  /// As the first versions of Phi-3's configuration class name LongRoPE.
  @Test(arguments: ["su", "yarn"])
  func phi3sOlderNamesOfLongRoPE(_ type: String) throws {
    func read(_ type: String, _ outside: String) throws -> ModelOutline {
      try outline(
        "families/phi3-longrope",
        [
          (
            "rope_parameters",
            """
            {"rope_type": "\(type)", "rope_theta": 100.0, "short_factor": [1.0, 1.3, 1.9, 2.4, 3.1], "long_factor": [4, 4, 4, 4, 4],
             "\(Self.name)": 32}
            """
          ), (Self.name, outside),
        ])
    }
    let long = try read("longrope", "32")
    #expect(try read(type, "32").configuration == long.configuration && long.configuration.maxPositions == 32)
    // The class has the field, 4096 where the file is silent, and takes no other.
    let silent = try read(type, "null")
    #expect(silent.configuration.maxPositions == 128)
    #expect(silent.notices.contains { $0.contains("\(Self.name) 32 stands beside 4096") }, "\(silent.notices)")
    let fields = [(name: "rope_parameters", json: #"{"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0}"#)]
    #expect(refusal { _ = try outline("families/phi3-longrope", fields) }?.text.contains("short_factor") == true)
  }
}
