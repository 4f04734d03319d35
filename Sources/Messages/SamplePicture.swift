/// What is asked for the pictures of one evaluated example, as small as a screen has room for them.
public struct SamplePictureRequest: Hashable, Sendable {
  /// A run that evaluated it.
  public var run: RunID
  /// The example's place among those that were evaluated, and what it was: data may have changed since.
  public var index: Int
  public var prompt: String
  public var expected: String
  /// The most pixels across and down.
  public var columns: Int
  public var rows: Int

  public init(run: RunID, index: Int, prompt: String, expected: String, columns: Int, rows: Int) {
    self.run = run
    self.index = index
    self.prompt = prompt
    self.expected = expected
    self.columns = columns
    self.rows = rows
  }
}

/// A picture of an example for a screen: decoded and made small where the engine has its time, so that drawing it is filling cells.
public enum SamplePicture: Hashable, Sendable {
  case small(SmallPicture)
  /// Why it cannot be shown; one line.
  case unreadable(String)
}

/// Few pixels of a picture, in its proportions.
public struct SmallPicture: Hashable, Sendable {
  /// Pixels of the picture itself.
  public var originalWidth: Int
  public var originalHeight: Int
  public var width: Int
  public var height: Int
  /// `[height, width]`, row by row from the top: red, green and blue of 8 bits each, red highest.
  public var pixels: [UInt32]

  public init(originalWidth: Int, originalHeight: Int, width: Int, height: Int, pixels: [UInt32]) {
    self.originalWidth = originalWidth
    self.originalHeight = originalHeight
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
