import HuggingFace

extension Tokenising {
  /// The pictures of an example, read, resized and cut.
  ///
  /// - Throws: why the model takes none; `ImageError` or `FileError` for one that cannot be read.
  func pictures(of example: Example) throws -> [ImageTiles] {
    var known: [String: ImageTiles] = [:]
    return try pictures(of: example, known: &known)
  }

  /// - Parameter known: pictures by the path of their file, so that those of many examples are read and kept once.
  func pictures(of example: Example, known: inout [String: ImageTiles]) throws -> [ImageTiles] {
    if example.images.isEmpty { return [] }
    let processor = try sight.required()
    return try example.images.map { picture in
      if case .file(let path) = picture, let tiles = known[path] { return tiles }
      let tiles = try processor.tiles(of: try picture.decoded(), name: picture.name)
      if case .file(let path) = picture { known[path] = tiles }
      return tiles
    }
  }

  /// A text with its pictures, and where its spans are there. For a model without sight `<image>` is text as any other.
  func shown(
    _ text: String, spans: [Range<Int>] = [], images: [ImageTiles]
  ) throws -> (text: String, spans: [Range<Int>]) {
    guard let processor = sight.processor else { return (text, spans) }
    return try processor.expand(text, spans: spans, images: images)
  }
}
