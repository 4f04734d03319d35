import Recipe

/// What a file is by its first bytes, where it is something other than its name says: what a failed or a lazy download leaves,
/// and the formats that models, adapters and data have elsewhere.
public enum FileKind: Sendable, Equatable {
  /// With the size of the file that it stands for.
  case gitLFSPointer(size: Int?)
  case gitAnnexPointer
  case xetPointer
  case html
  case xml
  /// What a server said instead of sending the file.
  case serverMessage(String)
  case zeros
  case gzip
  case zstandard
  case xz
  case bzip2
  case zip
  case tar
  /// PyTorch's format since 1.6, a zip archive with a pickle in it.
  case pyTorch
  /// Python's own format, which PyTorch had before.
  case pickle
  case numPy
  case numPyArchive
  case gguf
  case ggml
  case onnx
  case hdf5
  case parquet
  case arrow
  case sqlite
  case excel
  case pdf
  case picture
  case safetensors

  /// Bytes that `init` looks at.
  public static let prefixLength = 1024

  /// - Parameter prefix: the first bytes of the file, `prefixLength` of them if it has so many.
  /// - Returns: nil for what could be text or anything.
  public init?(prefix: some Collection<UInt8>) {
    let bytes = Array(prefix.prefix(Self.prefixLength))
    if let kind = Self.binary(bytes) ?? Self.text(bytes) { self = kind } else { return nil }
  }

  /// As the predicate of a sentence about the file.
  public var words: String {
    switch self {
    case .gitLFSPointer(let size):
      "is a Git LFS pointer, which stands for the file" + (size.map { " of \($0) bytes" } ?? "") + " and is not it"
    case .gitAnnexPointer: "is a git-annex pointer, which stands for the file and is not it"
    case .xetPointer: "is a Xet pointer, which stands for the file and is not it"
    case .html: "is an HTML page, such as a sign-in or error page that was saved in the file's place"
    case .xml: "is an XML page, such as a server's error that was saved in the file's place"
    case .serverMessage(let text): "is a server's answer (“\(text)”) and not the file"
    case .zeros: "begins with zeros only: an unfinished download"
    case .gzip: "is compressed with gzip"
    case .zstandard: "is compressed with Zstandard"
    case .xz: "is compressed with xz"
    case .bzip2: "is compressed with bzip2"
    case .zip: "is a zip archive"
    case .tar: "is a tar archive"
    case .pyTorch: "is a PyTorch file (a zip archive with a pickle)"
    case .pickle: "is a Python pickle, as old PyTorch files are"
    case .numPy: "is a NumPy array"
    case .numPyArchive: "is a NumPy archive (npz)"
    case .gguf: "is a GGUF file of llama.cpp"
    case .ggml: "is a GGML file of an old llama.cpp"
    case .onnx: "is an ONNX model"
    case .hdf5: "is an HDF5 file, as Keras and TensorFlow write them"
    case .parquet: "is a Parquet file"
    case .arrow: "is an Arrow file"
    case .sqlite: "is an SQLite database"
    case .excel: "is an Excel workbook"
    case .pdf: "is a PDF document"
    case .picture: "is a picture"
    case .safetensors: "is a safetensors file"
    }
  }

  /// What gets a person from there to the file that is needed.
  public var remedy: String {
    switch self {
    case .gitLFSPointer: "run `git lfs pull` in its folder, or download the file itself"
    case .gitAnnexPointer: "run `git annex get` in its folder"
    case .xetPointer: "install git-xet and run `git lfs pull` in its folder, or download the file itself"
    case .html, .xml, .serverMessage: "sign in, accept the model's terms where it has any, and download the file again"
    case .zeros: "download it again"
    case .gzip: "run `gunzip` on it"
    case .zstandard: "run `unzstd` on it"
    case .xz: "run `unxz` on it"
    case .bzip2: "run `bunzip2` on it"
    case .zip, .tar: "unpack it"
    case .pyTorch, .pickle:
      "open it with transformers or PEFT and save it again with save_pretrained, which writes safetensors"
    case .numPy, .numPyArchive: "save its arrays with safetensors.numpy.save_file"
    case .gguf, .ggml, .onnx, .hdf5: "take the model's folder in Hugging Face's layout, with safetensors"
    case .parquet, .arrow, .sqlite, .excel, .pdf, .picture: "name the file that is meant"
    case .safetensors: "give it where weights are meant"
    }
  }

  // MARK: Recognising

  private static func binary(_ bytes: [UInt8]) -> FileKind? {
    // The length of a header below 2³², and the header.
    if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) { return .safetensors }
    func begins(_ start: String) -> Bool { bytes.starts(with: start.utf8) }
    func begins(_ start: [UInt8]) -> Bool { bytes.starts(with: start) }
    if begins([0x50, 0x4B, 0x03, 0x04]) { return archive(bytes) }
    if begins([0x80]), bytes.count > 2, (2...5).contains(bytes[1]) { return .pickle }
    let starts: [(start: [UInt8], kind: FileKind)] = [
      ([0x1F, 0x8B], .gzip), ([0x28, 0xB5, 0x2F, 0xFD], .zstandard), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], .xz),
      (Array("BZh".utf8), .bzip2), ([0x93] + Array("NUMPY".utf8), .numPy), (Array("GGUF".utf8), .gguf),
      (Array("lmgg".utf8), .ggml), (Array("tjgg".utf8), .ggml), (Array("fmgg".utf8), .ggml),
      ([0x89] + Array("HDF".utf8), .hdf5), (Array("PAR1".utf8), .parquet), (Array("ARROW1".utf8), .arrow),
      (Array("SQLite format 3".utf8), .sqlite), (Array("%PDF-".utf8), .pdf), ([0x89] + Array("PNG".utf8), .picture),
      ([0xFF, 0xD8, 0xFF], .picture), (Array("GIF8".utf8), .picture), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], .excel),
    ]
    if let known = starts.first(where: { begins($0.start) }) { return known.kind }
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) { return .tar }
    if isONNX(bytes) { return .onnx }
    if bytes.count >= 64, bytes.allSatisfy({ $0 == 0 }) { return .zeros }
    return nil
  }

  /// By the name of the first file in a zip archive.
  private static func archive(_ bytes: [UInt8]) -> FileKind {
    guard bytes.count > 30 else { return .zip }
    let length = Int(bytes[26]) | Int(bytes[27]) << 8
    let name = String(decoding: bytes.dropFirst(30).prefix(length), as: UTF8.self)
    if name.hasSuffix("data.pkl") || name.hasSuffix("/version") || name.hasSuffix(".format_version") { return .pyTorch }
    if name.hasSuffix(".npy") { return .numPyArchive }
    return name == "[Content_Types].xml" || name.hasPrefix("xl/") || name.hasPrefix("_rels/") ? .excel : .zip
  }

  /// A protocol buffer of a version number and a producer's name.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 8, bytes[0] == 0x08, bytes[1] < 0x20, bytes[2] == 0x12, (1...60).contains(bytes[3]) else {
      return false
    }
    return bytes.dropFirst(4).prefix(Int(bytes[3])).allSatisfy { (0x20..<0x7F).contains($0) }
  }

  private static func text(_ bytes: [UInt8]) -> FileKind? {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = String(decoding: bytes[start...].drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }, as: UTF8.self)
    for address in ["https://git-lfs.github.com/spec/", "https://hawser.github.com/spec/", "http://git-media.io/"]
    where text.hasPrefix("version \(address)") {
      let size = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("size ") }
      return .gitLFSPointer(size: size.flatMap { Int($0.dropFirst(5)) })
    }
    if text.hasPrefix("# xet version") { return .xetPointer }
    if text.hasPrefix("/annex/objects/") { return .gitAnnexPointer }
    let lower = text.lowercased()
    if ["<!doctype html", "<html", "<head", "<!-- html"].contains(where: lower.hasPrefix) { return .html }
    if lower.hasPrefix("<?xml") { return lower.contains("<html") ? .html : .xml }
    let messages = [
      "invalid username or password", "entry not found", "repository not found", "access to model",
      "access to this repo", "access to dataset", "404: not found", "not found", "unauthorized", "{\"error\":",
      "too many requests",
    ]
    if messages.contains(where: lower.hasPrefix) {
      let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      return .serverMessage(OneLine.name(String(line.prefix(80))))
    }
    return nil
  }
}

extension FileKind {
  /// In one sentence, behind a path and a colon.
  public var sentence: String { "\(words); \(remedy)" }

  /// Why bytes that should be JSON are none: what they are instead, or where they go wrong.
  package static func whyNotJSON(_ bytes: [UInt8], _ reason: String) -> String {
    if bytes.allSatisfy({ [0, 0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return "is empty; download or write it again" }
    return FileKind(prefix: bytes)?.sentence ?? "is not JSON: \(reason)"
  }
}
