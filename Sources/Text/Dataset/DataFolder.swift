import Foundation
import Recipe

/// The files of a folder that is given as data: shards in the order of their names.
enum DataFolder {
  private static let endings = ["parquet", "jsonl", "ndjson", "jsonlines", "json", "csv", "tsv"]
  private static let heldOut: Set<String> = ["test", "validation", "valid", "val", "dev", "eval", "evaluation"]
  /// What training programs put beside the data.
  private static let others: Set<String> = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
  ]

  /// The file itself, or a folder's training files: those named `train`, or all but those named as an evaluation part.
  ///
  /// - Throws: `DataError` for a folder of `datasets`' own Arrow files, without data, or with more than one kind of file; `FileError`.
  static func files(of file: URL) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue else {
      return [file]
    }
    try refuseSavedDataset(file)
    let besides = others.union(FolderFiles.besideData)
    let all = FolderFiles.all(below: file).filter {
      endings.contains(FolderFiles.ending($0)) && !besides.contains($0.lastPathComponent)
    }
    let training = all.filter { FolderFiles.words($0, in: file).contains("train") }
    let rest = all.filter { FolderFiles.words($0, in: file).isDisjoint(with: heldOut) }
    let files = training.isEmpty ? rest : training
    guard let first = files.first else {
      let isHeldOut = !all.isEmpty
      throw DataError(
        description: "\(file.path): is a folder "
          + (isHeldOut
            ? "with an evaluation part only (\(shown(all[0], in: file))); name the file"
            : "without \(endings.prefix(2).joined(separator: ", ")), json or csv files; name a file of examples"),
        exitStatus: isHeldOut ? ExitStatus.badData : ExitStatus.missingInput)
    }
    if let other = files.first(where: { FolderFiles.ending($0) != FolderFiles.ending(first) }) {
      throw DataError.data(
        file.path,
        "is a folder with files of more than one kind (\(shown(first, in: file)), \(shown(other, in: file))); "
          + "name one of them, or a folder with one kind")
    }
    return files
  }

  /// What `datasets.save_to_disk` writes are Arrow streams.
  private static func refuseSavedDataset(_ folder: URL) throws {
    func has(_ name: String) -> Bool { InputFile.exists(folder.appendingPathComponent(name).path) }
    let isDictionary = has("dataset_dict.json")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let hasArrow = names.contains { $0.hasSuffix(".arrow") }
    guard isDictionary || hasArrow else { return }
    let path = OneLine.name(folder.path)
    let isSaved = isDictionary || has("state.json")
    let arrow = names.filter { $0.hasSuffix(".arrow") }.sorted().first ?? ""
    let load =
      isSaved
      ? "load_from_disk('\(path)')" + (isDictionary ? "['train']" : "") : "Dataset.from_file('\(path)/\(arrow)')"
    throw DataError.data(
      folder.path,
      "is a folder of datasets' Arrow files; write it as Parquet with: python3 -c \"import datasets; "
        + "datasets.\(load).to_parquet('train.parquet')\"")
  }

  private static func shown(_ file: URL, in folder: URL) -> String {
    OneLine.name(String(file.path.dropFirst(folder.path.count).drop { $0 == "/" }))
  }
}
