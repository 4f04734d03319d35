import Foundation
import Text

/// The files of a published data set's folder, or the one file that was named.
struct PublishedFiles {
  let root: URL
  /// In the order of their paths.
  let all: [URL]
  private let isFolder: Bool

  /// - Throws: `BuiltinError.dataset` where there is no such file or folder.
  init(_ root: URL, dataset: PublishedDataset) throws {
    self.root = root
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
      throw BuiltinError.dataset(
        path: root.path, reason: "no such file or folder; check the path", exitStatus: 66)
    }
    self.isFolder = isFolder.boolValue
    all =
      isFolder.boolValue
      ? FolderFiles.all(below: root).filter { !FolderFiles.besideData.contains($0.lastPathComponent) } : [root]
    if all.isEmpty {
      throw BuiltinError.dataset(
        path: root.path, reason: "the folder has no files of \(dataset.displayName)", exitStatus: 66)
    }
  }

  func files(endingIn endings: String...) -> [URL] {
    all.filter { endings.contains(FolderFiles.ending($0)) }
  }

  /// JSON, JSONL, CSV and Parquet, compressed or not. What somebody made of a Parquet file stands for it.
  var tables: [URL] {
    let texts = files(endingIn: "json", "jsonl", "csv", "tsv")
    let made = Set(texts.map { Self.stem($0) })
    return (texts + files(endingIn: "parquet").filter { !made.contains(Self.stem($0)) }).sorted { $0.path < $1.path }
  }

  private static func stem(_ file: URL) -> String {
    FolderFiles.withoutCompression(file).deletingPathExtension().path
  }

  /// Files of the training and of the evaluation part by their usual names, among `candidates`. A file that was named is the training part; files with no
  /// usual name are it where no other is.
  func parts(of candidates: [URL], evaluationNames: [String]) -> (training: [URL], evaluation: [URL]) {
    guard isFolder else { return (candidates, []) }
    let named = candidates.map { (url: $0, words: FolderFiles.words($0, in: root)) }
    let known = Set(evaluationNames)
    let evaluation =
      evaluationNames.lazy.map { name in named.filter { $0.words.contains(name) && !self.isTraining($0.words) } }
      .first { !$0.isEmpty } ?? []
    let training = named.filter { isTraining($0.words) }
    let rest = named.filter { !isTraining($0.words) && known.isDisjoint(with: $0.words) }
    return ((training.isEmpty ? rest : training).map(\.url), evaluation.map(\.url))
  }

  func isNamedAsPart(_ file: URL, evaluationNames: [String]) -> Bool {
    let words = FolderFiles.words(file, in: root)
    return isTraining(words) || !words.isDisjoint(with: evaluationNames)
  }

  private func isTraining(_ words: Set<String>) -> Bool {
    words.contains("train") || words.contains("sft") || words.contains("training")
  }
}

/// Files that data names, such as pictures.
enum NamedFile {
  /// The file of that name in a folder, if there is one; nil where the name leads out of the folder.
  static func find(_ name: String, in folder: URL) -> URL? {
    let root = folder.standardizedFileURL.path
    guard !name.utf8.contains(0), !name.hasPrefix("/") else { return nil }
    let file = folder.appendingPathComponent(name).standardizedFileURL
    guard file.path.hasPrefix(root == "/" ? root : root + "/") else { return nil }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    return exists && !isFolder.boolValue ? file : nil
  }
}

extension ObjectRecord {
  /// The picture that a field holds, as bytes, or names: in the folder, or in the one that an archive makes there; nil where it is not there.
  ///
  /// - Throws: `DataError` for bytes that are none, and for a field that is neither.
  func picture(_ field: String, in folder: URL) throws -> ImageSource? {
    if let bytes = try embedded(field) { return bytes }
    let inner = object.value(field)?.object
    let name = try inner == nil ? string(field) : inner?.value("path")?.string
    guard let name else { return nil }
    return ["", "image/", "images/"].lazy.compactMap { NamedFile.find($0 + name, in: folder) }.first.map {
      .file(path: $0.path)
    }
  }
}
