import Foundation
import HuggingFace
import Testing
import Text

/// An adapter names its base, and says nothing of the machine.
@Suite struct PEFTBaseNameTests {
  @Test(arguments: [
    ("builtin", "builtin"), ("some/base", "some/base"), ("/home/ann/models/Llama-3.2-1B", "Llama-3.2-1B"),
    ("/home/ann/models/x/", "x"), ("~/models/x", "x"), ("./x", "x"), ("../a/b", "b"), ("C:\\models\\x", "x"),
    ("/h/.cache/huggingface/hub/models--org--name/snapshots/0123abcd", "org/name"),
    ("/h/hub/models--org--na--me", "org/na--me"), ("/h/hub/models--gpt2/snapshots/0", "gpt2"), ("/", "base"),
  ]) func aPlaceBecomesAName(base: String, name: String) {
    #expect(PEFTBaseName.name(of: base) == name)
  }

  @Test func aFolderOfAnEarlierVersionLosesItsPlace() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-base-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = #"{"r": 8, "base_model_name_or_path": "/home/ann/models/tiny"}"#
    let card = "base_model: \"/home/ann/models/tiny\"\n- base_model:adapter:/home/ann/models/tiny\n"
    try Data(config.utf8).write(to: folder.appending(path: "adapter_config.json"))
    try Data(card.utf8).write(to: folder.appending(path: "README.md"))
    try PEFTAdapterFolder.nameBase(in: folder)
    for name in ["adapter_config.json", "README.md"] {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(!text.contains("ann"), "\(text)")
      #expect(text.contains("tiny"))
    }
    let object = try JSONParser.parse(Array(Data(contentsOf: folder.appending(path: "adapter_config.json")))).object
    #expect(object?["r"] == .integer(8))
    #expect(object?["base_model_name_or_path"] == .string("tiny"))
  }
}
