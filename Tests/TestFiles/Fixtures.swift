import Foundation
import Recipe
import Text

/// The reference files beside the tests; see Tests/Fixtures/README.md.
package enum Fixtures {
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  package static func folder(_ path: String) -> URL { root.appendingPathComponent(path) }

  /// Folders of `tokenizers/families`.
  package static let tokenizerFamilies = [
    "bpe-suffix", "deepseek", "gemma", "gpt2", "llama2", "llama3", "metaspace-words", "mistral3", "o200k", "qwen3",
    "roberta", "smollm2", "t5", "tekken", "unigram-bytes", "wordlevel", "wordpiece", "xlm-roberta",
  ]

  package static func json(_ path: String) throws -> JSONObject {
    let bytes = Array(try Data(contentsOf: folder(path)))
    guard let object = try JSONParser.parse(bytes).object else { throw FixtureError.notAnObject(path) }
    return object
  }

  package enum FixtureError: Error { case notAnObject(String) }
}

/// A folder that is removed with its contents when the test is over.
package final class TemporaryFolder {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func file(_ name: String) -> String { url.appendingPathComponent(name).path }

  package func write(_ text: String, _ name: String) throws -> URL { try write(Array(text.utf8), name) }

  package func write(_ bytes: [UInt8], _ name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }

  /// A copy of a reference folder's files.
  package static func copy(of path: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for file in try FileManager.default.contentsOfDirectory(at: Fixtures.folder(path), includingPropertiesForKeys: nil)
    {
      try FileManager.default.copyItem(at: file, to: folder.url.appendingPathComponent(file.lastPathComponent))
    }
    return folder
  }

  /// Replaces or adds (nil removes) a member of a JSON file in the folder.
  package func set(_ name: String, _ key: String, _ value: JSONValue?) throws {
    let file = url.appendingPathComponent(name)
    var object = try JSONParser.parse(Array(try Data(contentsOf: file))).object ?? JSONObject()
    object.members.removeAll { $0.key == key }
    if let value { object.members.append(JSONObject.Member(key: key, value: value)) }
    try Data(JSONWriter.text(.object(object)).utf8).write(to: file)
  }
}

/// What an operation throws, as the user would read it, and the exit status.
package func refusal(_ body: () throws -> Void) -> (text: String, status: Int32)? {
  do {
    try body()
    return nil
  } catch let error as any ExitStatusError {
    return (error.description, error.exitStatus)
  } catch {
    return ("\(error)", -1)
  }
}

/// Members of a golden, of which a missing one agrees with nothing.
extension JSONObject {
  package func text(_ key: String) -> String { self[key]?.string ?? "" }
  package func number(_ key: String) -> Int { self[key]?.integer ?? -1 }
  package func texts(_ key: String) -> [String] { self[key]?.array?.compactMap(\.string) ?? [] }
  package func ids(_ key: String) -> [Int32] { self[key]?.array?.compactMap { $0.integer.map(Int32.init) } ?? [] }
}
