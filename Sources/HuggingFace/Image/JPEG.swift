import CTurboJPEG
import Text

/// JPEG in, through libjpeg-turbo.
enum JPEG {
  static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  static func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> RasterImage {
    guard let decoder = tjInitDecompress() else { throw .data(name, "cannot be decoded: out of memory") }
    defer { tjDestroy(decoder) }
    var (width, height): (Int32, Int32) = (0, 0)
    var (subsampling, space): (Int32, Int32) = (0, 0)
    guard
      tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &space) == 0
    else { throw .damaged(name, reason(decoder)) }
    try RasterImage.check(width: Int(width), height: Int(height), name: name)
    // libjpeg makes four inks of the two colour spaces that have them, and leaves their mixing to others.
    let isInk = space == TJCS_CMYK.rawValue || space == TJCS_YCCK.rawValue
    let format = isInk ? TJPF_CMYK : TJPF_RGB
    let channels = isInk ? 4 : 3
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: channels * Int(width) * Int(height)) { buffer, count in
      buffer.initialize(repeating: 0)
      count = buffer.count
      status = tjDecompress2(
        decoder, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, format.rawValue,
        TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    }
    if status != 0, !isHarmless(decoder) { throw .damaged(name, reason(decoder)) }
    return RasterImage(width: Int(width), height: Int(height), pixels: isInk ? mixed(pixels) : pixels)
  }

  private static func reason(_ decoder: tjhandle) -> String {
    tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no reason given"
  }

  /// Some cameras leave bytes between segments, which change no pixel.
  private static func isHarmless(_ decoder: tjhandle) -> Bool {
    tjGetErrorCode(decoder) == TJERR_WARNING.rawValue && reason(decoder).contains("extraneous bytes before marker")
  }

  /// As Pillow mixes inks, which JPEG files hold inverted.
  private static func mixed(_ inks: [UInt8]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(inks.count / 4 * 3)
    for start in stride(from: 0, to: inks.count, by: 4) {
      let light = Int(inks[start + 3])
      for ink in inks[start..<(start + 3)] {
        let product = (255 - Int(ink)) * light + 128
        let covered = ((product >> 8) + product) >> 8
        pixels.append(UInt8(max(0, min(255, light - covered))))
      }
    }
    return pixels
  }
}
