import Foundation
import Kernels
import Text
import Transformer

/// A base folder whose weights have an adapter merged into them.
public enum MergedModelFolder {
  /// What is taken over from the base as it is, where it is there.
  private static let companions = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json", "LICENSE",
    "preprocessor_config.json", "processor_config.json",
  ]

  /// What `write` may make, in its order: a folder that has the last of them is whole.
  private static let names = ["model.safetensors"] + companions + ["config.json"]

  private static let markKey = "merged_by"
  private static let mark = "lorascope"

  /// Which of a model's files in a folder this program has not merged; nil where it may replace them.
  package static func stranger(in folder: String) -> String? {
    let present = Set(OutputFolder.entries(folder) ?? []).intersection(names + ["model.safetensors.index.json"])
    if present.isEmpty { return nil }
    let weights = folder + "/model.safetensors"
    if (try? SafetensorsFile(path: weights).metadata[markKey]) == mark { return nil }
    return names.first(where: present.contains) ?? "model.safetensors.index.json"
  }

  /// Writes the weights, the base's tokenizer files, and its `config.json` with the type of the new weights.
  ///
  /// - Parameters:
  ///   - model: made by `MergedModel.merge` from the model in `base`.
  ///   - element: of every tensor in the file.
  public static func write(_ model: BaseModel, base: URL, to folder: URL, element: WeightElement) throws {
    let configuration = base.appendingPathComponent("config.json").path
    guard var config = try JSONParser.parse(InputFile.whole(configuration)).object else {
      throw ModelFolderError.data(configuration, "is not an object")
    }
    let keys = ["dtype", "torch_dtype"].filter { config.value($0) != nil }
    config.members.removeAll { $0.key == "dtype" || $0.key == "torch_dtype" }
    for key in keys.isEmpty ? ["dtype"] : keys {
      config.members.append(JSONObject.Member(key: key, value: .string(element.rawValue)))
    }
    try OutputFolder.replace(folder.path, names: names) { path in
      let place = URL(fileURLWithPath: path)
      try ModelFolder.writeWeights(model, to: place, element: element, metadata: ["format": "pt", markKey: mark])
      for name in companions {
        let source = base.appendingPathComponent(name).path
        guard InputFile.exists(source) else { continue }
        try OutputFile.save(InputFile.whole(source), to: place.appendingPathComponent(name).path)
      }
      // Last: a folder with a config.json is whole.
      try OutputFile.save(
        Array(JSONWriter.text(.object(config)).utf8), to: place.appendingPathComponent("config.json").path)
    }
  }
}
