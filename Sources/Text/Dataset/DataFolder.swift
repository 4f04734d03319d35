import Foundation
import Recipe

/// The files of a folder that is given as data: shards in the order of their names.
enum DataFolder {
  private static let endings = ["parquet", "jsonl", "ndjson", "jsonlines", "json", "csv", "tsv"]
  /// The words by which the datasets library tells splits, and those for what is held out.
  private static let training: Set<String> = ["train", "training"]
  private static let heldOut: Set<String> = [
    "test", "testing", "validation", "valid", "val", "dev", "eval", "evaluation", "holdout", "heldout",
  ]
  /// What training programs put beside the data.
  private static let others: Set<String> = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
  ]

  /// The names of such files below their folder.
  static func names(of files: [URL], in folder: URL) -> [String] { files.map { shown($0, in: folder) } }

  /// The file itself, or a folder's training files: those named `train`, or all but those named as an evaluation part.
  ///
  /// - Throws: `DataError` for a folder of `datasets`' own Arrow files, without data, with more than one kind of file, or with shards of
  ///   several splits; `FileError`.
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
    let train = all.filter { !FolderFiles.words($0, in: file).isDisjoint(with: training) }
    let rest = all.filter { !isHeldOut(FolderFiles.words($0, in: file)) }
    let files = train.isEmpty ? rest : train
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
    try refuseSeveralSplits(files, in: file)
    return files
  }

  private static func isHeldOut(_ words: Set<String>) -> Bool {
    !words.isDisjoint(with: heldOut) || words.contains("out") && !words.isDisjoint(with: ["held", "hold"])
  }

  /// `train_sft-00000-of-00003` and `train_gen-00000-of-00003` are splits of their own to the datasets library, of which one is trained.
  private static func refuseSeveralSplits(_ files: [URL], in folder: URL) throws {
    var splits: [(name: String, file: URL)] = []
    for file in files {
      guard let name = split(of: file), !splits.contains(where: { $0.name == name }) else { continue }
      splits.append((name, file))
    }
    guard splits.count > 1 else { return }
    let names = splits.map { OneLine.name($0.name) }.joined(separator: ", ")
    throw DataError.data(
      folder.path,
      "is a folder with \(splits.count) splits to train (\(names)); name a file of one of them (say, "
        + "\(shown(splits[0].file, in: folder))), or a folder with the files of one")
  }

  /// `train_sft` of `train_sft-00000-of-00003.parquet`; nil for a file that is no such shard.
  private static func split(of file: URL) -> String? {
    let name = FolderFiles.withoutCompression(file).deletingPathExtension().lastPathComponent
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    func isNumber(_ text: Substring) -> Bool {
      text.utf8.count >= 5 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard parts.count > 3, parts[parts.count - 2] == "of", isNumber(parts[parts.count - 1]),
      isNumber(parts[parts.count - 3])
    else { return nil }
    return parts.dropLast(3).joined(separator: "-")
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
