import Foundation
import HuggingFace
import TestFiles
import Testing
import Text

/// What stands where a file should be is named for what it is.
@Suite struct FileKindTests {
  static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"

  static func zip(_ name: String) -> [UInt8] {
    [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8) + [
      1, 2, 3,
    ]
  }

  static let kinds: [(bytes: [UInt8], kind: FileKind?)] = [
    (Array(pointer.utf8), .gitLFSPointer(size: 12345)),
    (Array("version https://hawser.github.com/spec/v1\noid sha256:1\nsize 7\n".utf8), .gitLFSPointer(size: 7)),
    (Array("/annex/objects/SHA256E-s1--aa.safetensors\n".utf8), .gitAnnexPointer),
    (Array("# xet version 0\nfilesize = 4\n".utf8), .xetPointer),
    (Array("<!DOCTYPE html>\n<html class=\"\">".utf8), .html), (Array("\n  <html><head>".utf8), .html),
    (Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".utf8), .xml),
    (Array("Entry not found".utf8), .serverMessage("Entry not found")),
    (Array("Invalid username or password.".utf8), .serverMessage("Invalid username or password.")),
    (Array("{\"error\":\"Repository not found\"}".utf8), .serverMessage("{\"error\":\"Repository not found\"}")),
    ([UInt8](repeating: 0, count: 200), .zeros), ([0x1F, 0x8B, 8, 0, 0, 0], .gzip),
    ([0x28, 0xB5, 0x2F, 0xFD, 0, 0], .zstandard), (Array("BZh91AY".utf8), .bzip2),
    (zip("archive/data.pkl"), .pyTorch), (zip("pytorch_model/data.pkl"), .pyTorch), (zip("q_proj.npy"), .numPyArchive),
    (zip("[Content_Types].xml"), .excel), (zip("notes.txt"), .zip), ([0x80, 2, 0x8A, 0x0A, 0x6C], .pickle),
    (Array("GGUF".utf8) + [3, 0, 0, 0], .gguf), (Array("tjgg".utf8), .ggml),
    ([0x08, 0x08, 0x12, 0x07] + Array("pytorch".utf8), .onnx), ([0x93] + Array("NUMPY\u{1}".utf8), .numPy),
    ([0x89] + Array("HDF\r\n".utf8), .hdf5), (Array("PAR1".utf8), .parquet), (Array("ARROW1".utf8), .arrow),
    (Array("SQLite format 3\0".utf8), .sqlite), (Array("%PDF-1.7".utf8), .pdf),
    ([64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"a\":".utf8), .safetensors),
    // A header of 0x0280 bytes is no pickle.
    ([0x80, 2, 0, 0, 0, 0, 0, 0] + Array("{\"a\":".utf8), .safetensors),
    (Array("{\"prompt\": \"a\"}".utf8), nil), (Array("{\"model_type\": \"llama\"}".utf8), nil),
    (Array("prompt,completion\n".utf8), nil), ([], nil), (Array("version 2 of the text".utf8), nil),
  ]

  @Test(arguments: kinds.indices)
  func isRecognised(_ index: Int) {
    #expect(FileKind(prefix: Self.kinds[index].bytes) == Self.kinds[index].kind)
  }

  /// Each of them instead of each file of a model and of an adapter: named by its path, with a way out.
  @Test(
    arguments: [
      (Array(pointer.utf8), "Git LFS pointer", "git lfs pull"),
      (Array("<!doctype html><p>".utf8), "HTML page", "sign in"),
      (Array("Entry not found".utf8), "server's answer", "download"),
      ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0], "gzip", "gunzip"),
      (zip("archive/data.pkl"), "PyTorch file", "save_pretrained"),
      (Array("GGUF".utf8) + [3, 0, 0, 0], "GGUF", "safetensors"),
      ([], "is empty", "download"),
    ] as [([UInt8], String, String)])
  func insteadOfAnyFile(_ bytes: [UInt8], _ kind: String, _ way: String) throws {
    for name in ["config.json", "model.safetensors", "model.safetensors.index.json"] {
      let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
      if name.hasSuffix("index.json") {
        try FileManager.default.removeItem(atPath: folder.file("model.safetensors"))
      }
      _ = try folder.write(bytes, name)
      let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) }, "\(name)")
      #expect(
        problem.text.contains("\(name): ") && problem.text.contains(kind) && problem.text.contains(way), "\(problem)")
      #expect(problem.status == 65)
    }
    let configuration = try ModelFolder.configuration(at: Fixtures.folder("models/tiny-gqa"))
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      let folder = try TemporaryFolder.copy(of: "cases/gqa-all/adapter")
      _ = try folder.write(bytes, name)
      let problem = try #require(
        refusal { _ = try PEFTAdapterFolder.read(folder.url, configuration: configuration) }, "\(name)")
      #expect(
        problem.text.contains("\(name): ") && problem.text.contains(kind) && problem.text.contains(way), "\(problem)")
    }
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      let folder = try TemporaryFolder.copy(of: "tokenizers/digits")
      _ = try folder.write(bytes, name)
      let problem = try #require(refusal { _ = try Tokenizer(folder: folder.url) }, "\(name)")
      #expect(
        problem.text.contains("\(name): ") && problem.text.contains(kind) && problem.text.contains(way), "\(problem)")
    }
  }

  /// Pipes, devices, sockets' like and folders where a file is meant: at once, and without reading what has no end.
  @Test(arguments: ["config.json", "model.safetensors"], ["pipe", "device", "endless", "folder", "loop", "nowhere"])
  func whatIsNoFile(_ name: String, _ kind: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let path = folder.file(name)
    try FileManager.default.removeItem(atPath: path)
    let words: String
    switch kind {
    case "pipe":
      #expect(mkfifo(path, 0o600) == 0)
      words = "is a pipe, not a file"
    case "device", "endless":
      try FileManager.default.createSymbolicLink(
        atPath: path, withDestinationPath: kind == "device" ? "/dev/null" : "/dev/zero")
      words = "is a device, not a file"
    case "folder":
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      words = "is a folder, not a file"
    case "loop":
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: name)
      words = "link"
    default:
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
      words = "is a link to a file that is not there"
    }
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains(words), "\(problem)")
    #expect(problem.status == 66)
  }

  /// A sparse file of a terabyte is not read to find out that it is no configuration.
  @Test func aFileThatIsFarTooLong() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    #expect(truncate(folder.file("config.json"), 1 << 40) == 0)
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(problem.text.contains("config.json: has 1100 GB") && problem.status == 65, "\(problem)")
  }

  @Test func aStreamHasAnEndOrABound() throws {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data("hello".utf8))
    try pipe.fileHandleForWriting.close()
    let stream = ByteStream(path: "a pipe", descriptor: pipe.fileHandleForReading.fileDescriptor)
    #expect(try stream.contents() == Array("hello".utf8))
    let endless = try #require(FileHandle(forReadingAtPath: "/dev/zero"))
    let problem = try #require(
      refusal {
        _ = try ByteStream(path: "zeros", descriptor: endless.fileDescriptor).contents(most: 1 << 20)
      })
    #expect(problem.text.contains("zeros: has more than 1.0 MB") && problem.status == 65, "\(problem)")
  }
}
