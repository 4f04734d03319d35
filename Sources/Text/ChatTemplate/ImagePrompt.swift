import Foundation

/// What stands in a text for a picture, as transformers' Idefics3 and SmolVLM processors write it: each `<image>` becomes as many
/// image tokens as the tower makes, between markers, with the place of each tile where the picture was split.
public struct ImagePrompt: Sendable, Equatable {
  /// Stands in a text for a picture.
  public static let placeholder = "<image>"
  package static let fake = "<fake_token_around_image>"
  package static let global = "<global-img>"

  /// `VisionConfiguration.tokensPerImage`.
  public let tokensPerImage: Int

  public init(tokensPerImage: Int) { self.tokensPerImage = tokensPerImage }

  package static func place(row: Int, column: Int) -> String { "<row_\(row + 1)_col_\(column + 1)>" }

  /// The text of one picture.
  public func text(rows: Int, columns: Int) -> String {
    let tokens = String(repeating: Self.placeholder, count: tokensPerImage)
    var text = ""
    for row in 0..<rows {
      for column in 0..<columns { text += Self.fake + Self.place(row: row, column: column) + tokens }
      text += "\n"
    }
    if rows > 0 { text += "\n" }
    return text + Self.fake + Self.global + tokens + Self.fake
  }

  /// How many pictures a text asks for.
  public static func placeholders(in text: String) -> Int {
    text.utf8.withContiguousStorageIfAvailable(places)?.count ?? places(in: Array(text.utf8)).count
  }

  /// Puts each picture in the place of the next placeholder.
  ///
  /// - Parameters:
  ///   - images: as many as the text has placeholders.
  ///   - spans: of the text's UTF-8 bytes; none begins or ends within a placeholder.
  /// - Returns: the text with pictures, and the spans there.
  package func expanded(
    _ text: String, spans: [Range<Int>] = [], images: [(rows: Int, columns: Int)]
  ) -> (text: String, spans: [Range<Int>]) {
    if images.isEmpty { return (text, spans) }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    /// Old and new place after each picture.
    var gains: [(end: Int, gained: Int)] = []
    var done = 0
    for (place, image) in zip(Self.places(in: bytes), images) {
      result += bytes[done..<place]
      result += Array(self.text(rows: image.rows, columns: image.columns).utf8)
      done = place + Self.placeholder.utf8.count
      gains.append((done, result.count - done))
    }
    result += bytes[done...]
    func moved(_ place: Int) -> Int { place + (gains.last { $0.end <= place }?.gained ?? 0) }
    return (
      String(decoding: result, as: UTF8.self), spans.map { moved($0.lowerBound)..<moved($0.upperBound) }
    )
  }

  /// Where placeholders begin.
  static func places(in bytes: [UInt8]) -> [Int] { bytes.withUnsafeBufferPointer(places) }

  private static func places(_ bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
    let wanted = Array(placeholder.utf8)
    var places: [Int] = []
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return places }
    var from = 0
    while from + wanted.count <= bytes.count,
      let found = memchr(base + from, Int32(wanted[0]), bytes.count - wanted.count + 1 - from)
    {
      let place = UnsafeRawPointer(found) - base
      let isWhole = memcmp(found, wanted, wanted.count) == 0
      if isWhole { places.append(place) }
      from = place + (isWhole ? wanted.count : 1)
    }
    return places
  }
}
