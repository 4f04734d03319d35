import Analysis
import Engine
import Foundation
import Messages
import Recipe
import TOMLText
import Testing

/// What the parser would not survive is refused before it, with the line.
@Suite struct TOMLTextTests {
  @Test(arguments: [
    (Array(repeating: "a", count: 200_000).joined(separator: ".") + " = 1", 1, "parts"),
    ("x = 1\n[" + Array(repeating: "a", count: 65).joined(separator: ".") + "]", 2, "parts"),
    ("x = 1\ny = " + String(repeating: "[", count: 5000), 2, "deep"),
    ("a = " + String(repeating: "{b=", count: 100), 1, "deep"),
    ("a = 1\n\0\0", 2, "NUL"), ("[=]", 1, "name"), ("a = ]", 1, "unexpected"), ("a = _1", 1, "begins with _"),
    ("a = [1,,2]", 1, "unexpected"), ("a = { b = }", 1, "unexpected"), ("a = 1979-05-27T", 1, "date"),
    ("a = 07:32x", 1, "time"), ("a = é", 1, "ASCII"), ("a = # b", 1, "missing"), ("\n [[ ,a]]", 2, "name"),
    ("[é]", 1, "name"), ("[\n", 1, "name"),
    ("a = \n", 1, "not TOML"),
  ])
  func refused(_ text: String, _ line: Int, _ word: String) throws {
    let error = try #require(throws: TOMLTextError.self) { try TOMLText.table(text) }
    #expect(error.line == line && error.reason.contains(word), "\(error)")
    let refused = try #require(throws: Refusal.self) {
      try SweepPlanFile.read(text: text, URL(fileURLWithPath: "/x/p.toml"))
    }
    #expect(refused.description.hasPrefix("/x/p.toml, line \(line): ") && refused.exitStatus == 65)
  }

  @Test(arguments: [
    "a = \"" + String(repeating: ".", count: 300) + "\"", "# " + String(repeating: "[", count: 300),
    "a = '''\n" + String(repeating: "[.", count: 300) + "'''",
    "a = \"\\\"[[[[\"", "a.b.c = 1.5", "a = [1.5, 2.5,\n3.5]",
  ])
  func accepted(_ text: String) throws { _ = try TOMLText.table(text) }

  @Test func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-toml-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func status(_ bytes: [UInt8]?) throws -> Int32? {
      let file = folder.appendingPathComponent("p.toml")
      try? FileManager.default.removeItem(at: file)
      if let bytes { try Data(bytes).write(to: file) }
      return #expect(throws: Refusal.self) { try SweepPlanFile.read(file) }?.exitStatus
    }
    #expect(try status(nil) == 66)
    #expect(try status([0x61, 0xFF]) == 65)
    #expect(try status(Array(repeating: 0, count: 100)) == 65)
    #expect(try status(Array(repeating: 0x23, count: TOMLText.longest + 1)) == 65)
    #expect(#expect(throws: Refusal.self) { try SweepPlanFile.read(folder) }?.exitStatus == 66)
    #expect(
      #expect(throws: Refusal.self) { try SweepPlanFile.read(URL(fileURLWithPath: "/dev/zero")) }?.exitStatus == 66)
  }

  @Test(arguments: ["match_parameters = 0", "match_parameters = 9223372036854775807", "seeds = []", "seeds = [-1]"])
  func ranges(_ line: String) throws {
    let error = try #require(throws: Refusal.self) {
      try SweepPlanFile.read(
        text: "data = \"medmcqa\"\ncombinations = \"all\"\n\(line)\n", URL(fileURLWithPath: "/x/p.toml"))
    }
    #expect(error.exitStatus == 65 && error.description.contains("must be"), "\(error)")
  }
}
