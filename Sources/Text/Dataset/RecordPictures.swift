import Foundation
import Recipe

/// The pictures of a record: those of its `image` or `images` field, and those of content parts, each in the place of the next
/// `<image>` or part. Where nothing says where they stand, they come before the first question.
struct RecordPictures {
  let fields: RecordFields
  let root: PictureRoot
  let reading: DataReading

  private static let part = JSONValue.object(JSONObject([("type", .string("image"))]))
  /// Where a part of type `image` may have its picture; the last is where a part of type `image_url` has it.
  private static let sources = ["image", "path", "url", "base64", "image_url"]

  /// The record's text with a place for each picture, and the pictures in that order.
  func taken(by body: DataRecord.Body) throws -> (DataRecord.Body, [ImageSource]) {
    let listed = try self.listed()
    switch body {
    case .promptCompletion(let prompt, let completion):
      let places = listed.isEmpty ? 0 : ImagePrompt.placeholders(in: prompt)
      guard places == 0 || places == listed.count else { throw mismatch(listed.count, places) }
      let before = places == 0 ? String(repeating: ImagePrompt.placeholder, count: listed.count) : ""
      return (.promptCompletion(prompt: before + prompt, completion: completion), listed)
    case .conversation(let messages):
      var found = Conversation(listed)
      var turns = try messages.enumerated().map { try turn($1, $0, &found) }
      try placeRest(&found, in: &turns)
      return (.conversation(turns), found.pictures)
    }
  }

  /// What stands where, as far as the turns were read.
  private struct Conversation {
    /// Of the record's list, those without a place so far.
    var waiting: [ImageSource]
    let listed: Int
    /// Those with a place, in order.
    var pictures: [ImageSource] = []
    /// Places that take from the list.
    var places = 0

    init(_ listed: [ImageSource]) {
      waiting = listed
      self.listed = listed.count
    }

    /// - Returns: whether there were so many.
    mutating func take(_ count: Int) -> Bool {
      places += count
      guard count <= waiting.count else { return false }
      pictures += waiting.prefix(count)
      waiting.removeFirst(count)
      return true
    }
  }

  private func turn(_ message: ChatMessage, _ index: Int, _ found: inout Conversation) throws -> ChatMessage {
    func text(_ text: String) throws {
      guard found.listed > 0, !message.isAssistant else { return }
      guard found.take(ImagePrompt.placeholders(in: text)) else { throw mismatch(found.listed, found.places) }
    }
    guard let parts = message.fields["content"]?.array else {
      try text(message.content)
      return message
    }
    guard parts.contains(where: ChatMessage.isImage) else {
      try text(message.content)
      return message
    }
    guard !message.isAssistant else {
      throw fields.error("turn \(index + 1) is the assistant's and has a picture; only what is asked may have one")
    }
    let written = try parts.map { part in
      guard ChatMessage.isImage(part) else {
        try text(part.object?["text"]?.string ?? "")
        return part
      }
      if let source = Self.sources.lazy.compactMap({ part.object?.value($0) }).first {
        guard let picture = try picture(source, "turn \(index + 1)") else {
          throw fields.error("turn \(index + 1) has a picture without a path")
        }
        found.pictures.append(picture)
      } else if !found.take(1) {
        throw fields.error(
          "turn \(index + 1) has a picture that neither it nor a field image or images names; add its path")
      }
      return Self.part
    }
    // What templates see of a picture is that it is there.
    return message.with(content: .array(written))
  }

  /// Puts the list before the first question, if no place was named at all.
  private func placeRest(_ found: inout Conversation, in messages: inout [ChatMessage]) throws {
    let count = found.waiting.count
    guard count > 0 else { return }
    guard found.pictures.isEmpty, let place = messages.firstIndex(where: { $0.role == "user" }) else {
      throw mismatch(found.listed, found.places)
    }
    let message = messages[place]
    let content: JSONValue =
      if let parts = message.fields["content"]?.array {
        .array(Array(repeating: Self.part, count: count) + parts)
      } else {
        .string(String(repeating: ImagePrompt.placeholder, count: count) + message.content)
      }
    messages[place] = message.with(content: content)
    found.pictures = found.waiting
  }

  private func mismatch(_ pictures: Int, _ places: Int) -> DataError {
    fields.error(
      "has \(Counted.text(pictures, "picture")) for \(places) \(ImagePrompt.placeholder); give one for each")
  }

  /// The record's own field of pictures.
  var field: String? { reading.images.first { fields.object.value($0) != nil } }

  /// Those of the record's own field.
  private func listed() throws -> [ImageSource] {
    guard let name = field, var value = fields.object.value(name) else { return [] }
    // A column holds text, and several pictures as a JSON list.
    if fields.container == .csv, let text = value.string, text.first == "[",
      let list = try? JSONParser.parse(Array(text.utf8))
    {
      value = list
    }
    return try (value.array ?? [value]).compactMap { try picture($0, "field \(OneLine.name(name))") }
  }

  /// - Parameter place: says in errors where it stands.
  /// - Returns: nil for an empty name.
  private func picture(_ value: JSONValue, _ place: String) throws -> ImageSource? {
    if let object = value.object {
      if let bytes = object.value("bytes")?.string ?? object.value("base64")?.string {
        return .encoded(try decoded(bytes[...], place), name: "the picture of \(place)")
      }
      guard let inner = object.value("path") ?? object.value("url") else {
        throw fields.error("\(place) has an object without path or bytes for a picture")
      }
      return try picture(inner, place)
    }
    guard let text = value.string else {
      throw fields.error(
        "\(place) is \(value.kind), not a picture's path; --image-field names another field, or none")
    }
    if text.isEmpty { return nil }
    if text.hasPrefix("data:") {
      guard let comma = text.firstIndex(of: ","), text[..<comma].lowercased().hasSuffix(";base64") else {
        throw fields.error("\(place) has a data URI that is not base64")
      }
      return .encoded(try decoded(text[text.index(after: comma)...], place), name: "the picture of \(place)")
    }
    if text.contains("://") {
      throw fields.error(
        "\(place) is the address \(OneLine.name(text)); download the picture and give its path")
    }
    return .file(path: try root.path(of: text, fields))
  }

  private func decoded(_ text: Substring, _ place: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: String(text), options: .ignoreUnknownCharacters), !data.isEmpty else {
      throw fields.error("\(place) has a picture that is not base64")
    }
    return Array(data)
  }
}

/// The folder that a data file's pictures must lie in.
struct PictureRoot {
  /// Absolute, without `.` and `..`.
  let folder: String
  /// Named by the person, and not just the data file's own.
  let isGiven: Bool

  init(dataFile: String, given: String?) {
    isGiven = given != nil
    folder = Self.normalized(Self.absolute(given ?? Self.folder(of: dataFile)))
  }

  /// Where a picture lies, if that is a file that may be read.
  ///
  /// - Throws: `DataError` with the record's place and the path.
  func path(of name: String, _ fields: RecordFields) throws -> String {
    let shown = OneLine.name(name)
    let path = Self.normalized(Self.isAbsolute(name) ? name : "\(folder)/\(name)")
    let place = isGiven ? "the folder \(folder) of --image-root" : "the data file's folder"
    let outside = fields.error(
      "the picture \(shown) lies outside of \(place); name the folder of the pictures with --image-root")
    guard !name.utf8.contains(0), Self.contains(folder, path) else { throw outside }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw fields.missingFile("there is no picture \(path); check the path, or name its folder with --image-root")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fields.error("the picture \(path) is not a file") }
    // Where nobody named the folder, a link does not lead out of it either.
    if !isGiven, let real = Self.real(path), let realFolder = Self.real(folder), !Self.contains(realFolder, real) {
      throw outside
    }
    return path
  }

  // Paths are bytes to the system: a slash with a combining mark behind it is no slash to Swift's strings.
  private static let slash = UInt8(ascii: "/")

  private static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  private static func contains(_ folder: String, _ path: String) -> Bool {
    folder == "/" || path.utf8.starts(with: (folder + "/").utf8)
  }

  private static func folder(of path: String) -> String {
    guard let last = path.utf8.lastIndex(of: slash) else { return "." }
    return String(path[...last])
  }

  private static func absolute(_ path: String) -> String {
    isAbsolute(path) ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// By its letters alone, whatever links there are.
  private static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.utf8.split(separator: slash).map({ Substring($0) }) where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// A picture of an example: decoded already, or where it is to be had, so that a data set of photographs fits into memory.
public enum ImageSource: Sendable, Hashable, Codable {
  case raster(RasterImage)
  /// A PNG or JPEG file.
  case file(path: String)
  /// The bytes of one, with what messages call it.
  case encoded([UInt8], name: String)

  /// What messages call it.
  public var name: String {
    switch self {
    case .raster(let image): "a picture of \(image.width) × \(image.height) pixels"
    case .file(let path): path
    case .encoded(_, let name): name
    }
  }

  /// Bytes go into the hash as one piece, which takes a fraction of the time of one after the other.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .raster(let image): hasher.combine(image)
    case .file(let path): hasher.combine(path)
    case .encoded(let bytes, let name):
      hasher.combine(name)
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }
}

/// A decoded picture: 8 bits a channel, red, green and blue.
public struct RasterImage: Sendable, Hashable, Codable {
  public let width: Int
  public let height: Int
  /// `[height, width, 3]`, row by row from the top.
  public var pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "\(width) × \(height) pixels have \(3 * width * height) bytes")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Of the shape and all pixels, these as one piece.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(width)
    hasher.combine(height)
    pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}
