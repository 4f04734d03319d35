import Foundation
import HuggingFace
import Text
import Transformer

/// The base model that the program brings along.
public enum BuiltinBase {
  /// What `--model` calls it, and what adapters name as their base.
  public static let name = "builtin"

  /// The folder of the base, found in SwiftPM's bundle beside the executable, in the XDG data folder, or in the checkout.
  /// - Throws: `BuiltinError.baseMissing`, which lists where it looked.
  public static func locate() throws(BuiltinError) -> URL {
    let places = candidates()
    for place in places where isBase(place) { return place }
    throw .baseMissing(searched: places.map(\.path))
  }

  /// The base and its tokenizer.
  public static func load() throws -> (model: BaseModel, tokenizer: Tokenizer) {
    let folder = try locate()
    return (try ModelFolder.load(at: folder), try Tokenizer(folder: folder))
  }

  /// Where `locate` looks, in order. `Bundle.module` is not asked: it traps when the bundle was moved away.
  package static func candidates(
    executable: URL? = executableURL(), environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [URL] {
    var places: [URL] = []
    if let executable {
      let beside = executable.deletingLastPathComponent()
      places.append(beside.appendingPathComponent("lorascope_Builtin.resources/base"))
      places.append(beside.appendingPathComponent("base"))
    }
    let data = URL(fileURLWithPath: PersonFolders(environment: environment).data, isDirectory: true)
    places.append(data.appendingPathComponent("lorascope/base"))
    // …/Sources/Builtin/BuiltinBase.swift, where it was compiled.
    places.append(
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Resources/base"))
    return places
  }

  /// The running program's own file, with links resolved.
  package static func executableURL() -> URL? {
    if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      return URL(fileURLWithPath: link)
    }
    return Bundle.main.executableURL?.resolvingSymlinksInPath()
  }

  private static func isBase(_ folder: URL) -> Bool {
    ["config.json", "model.safetensors", "tokenizer.json"].allSatisfy {
      FileManager.default.isReadableFile(atPath: folder.appendingPathComponent($0).path)
    }
  }
}
