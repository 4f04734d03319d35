import Builtin
import Foundation
import HuggingFace
import Messages
import Recipe
import Text

/// Writes a run's adapter for llama.cpp: `runs export --gguf`.
struct GGUFExport {
  var model: ModelReference
  /// A PEFT folder.
  var adapter: String
  var output: String
  var element: GGUFAdapter.Element
  var run: RunID
  var force = false

  struct Report: Encodable {
    var file: String
    var element: String
    var notes: [String]
  }

  func write() throws -> Report {
    let target = Paths.absolute(output)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: target, isDirectory: &isFolder) {
      guard !isFolder.boolValue else {
        throw CommandError("'\(OneLine.text(output))' is a folder: name a file", status: 73)
      }
      guard force else { throw CommandError("'\(OneLine.text(output))' exists: --force replaces it", status: 73) }
      guard (try? GGUFFile(path: target))?["general.type"]?.text == "adapter" else {
        throw CommandError(
          "'\(OneLine.text(output))' is no adapter in GGUF, and would be lost: name another file", status: 73)
      }
    }
    let folder: URL
    switch model {
    // Nothing but this program reads the shipped base.
    case .builtin:
      throw CommandError("the builtin base has no form for llama.cpp, and neither have its adapters", status: 65)
    case .folder(let path):
      try PlanBuilder.check(model)
      folder = URL(fileURLWithPath: path)
    }
    let configuration = try ModelFolder.configuration(at: folder)
    try GGUFAdapter.check(configuration)
    let (lora, notes) = try PEFTAdapterFolder.open(
      URL(fileURLWithPath: Paths.absolute(adapter)), configuration: configuration)
    let file = try GGUFAdapter(lora, element: element)
    LoadedModel.tell(notes + file.notes)
    try OutputFile.makeFolder((target as NSString).deletingLastPathComponent)
    try file.write(to: target, name: "lorascope run \(run)")
    return Report(file: target, element: element.rawValue, notes: file.notes)
  }
}
