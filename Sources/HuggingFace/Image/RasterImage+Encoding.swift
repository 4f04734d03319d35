import Foundation
import Text

extension RasterImage {
  /// As a PNG file.
  ///
  /// - Throws: `ImageError` for an image without pixels or too large for libpng.
  public func png() throws -> [UInt8] { try PNG.encode(self) }

  /// Writes a PNG file: beside it first, then renamed.
  ///
  /// - Throws: `ImageError`, `FileError`.
  public func writePNG(to file: URL) throws { try OutputFile.save(try png(), to: file.path) }
}
