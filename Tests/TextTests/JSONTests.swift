import Testing
import Text

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  @Test func readsValues() throws {
    #expect(
      try parse(" [1, -2.5e3, true, null, \"\\u00e9\\n\\ud83d\\ude00\\ud800x\"] ")
        == .array([.integer(1), .number(-2500), .bool(true), .null, .string("é\n😀\u{FFFD}x")]))
    #expect(try parse(#"{"a": {}, "a": []}"#).object?["a"] == .array([]))
    #expect(try parse("9223372036854775808").integer == nil)
    #expect(try parse("8.0").integer == 8)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{a: 1}", "01", "1.", "-", "1e", "tru", "\"abc", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"",
    "1 2",
    "[1", "NaN", "Infinity", "1e999", "{\"a\":1,}", "'a'", String(repeating: "[", count: 5000),
  ])
  func refuses(_ text: String) throws {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(arguments: [("NaN", 1), ("[1, Infinity]", 5), (#"{"a": -Infinity}"#, 7)])
  func whatPythonWritesIsNamed(_ text: String, _ column: Int) {
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.reason.contains(", which Python writes and JSON has not") == true && error?.column == column)
  }

  @Test func placesErrors() throws {
    do {
      _ = try parse("{\n  \"a\": 1,\n  \"b\": x\n}")
      Issue.record("accepted")
    } catch let error as JSONError {
      #expect(error.line == 3)
      #expect(error.column == 8)
    }
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xC3, 0x22]) }
  }

  @Test func writesAsPythonDoes() throws {
    let value = JSONValue.object(
      JSONObject([
        ("b", .array([.integer(1), .number(0.5), .number(1e-05)])), ("a", .object(JSONObject())),
        ("c", .string("é\"\u{1}")),
        ("d", .array([])),
      ]))
    #expect(
      JSONWriter.text(value, sortedKeys: true)
        == "{\n  \"a\": {},\n  \"b\": [\n    1,\n    0.5,\n    1e-05\n  ],\n  \"c\": \"é\\\"\\u0001\",\n  \"d\": []\n}")
    #expect(JSONWriter.text(value, indent: nil).hasPrefix("{\"b\": [1, 0.5, 1e-05], \"a\": {}"))
    #expect(try JSONParser.parse(Array(JSONWriter.text(value).utf8)) == value)
  }
}
