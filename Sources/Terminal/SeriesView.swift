/// The first `count` values of a buffer, for ever the same: buffers only grow.
public struct SeriesView: Sendable {
  public let count: Int
  private let buffer: SeriesBuffer

  public static let empty = SeriesView(SeriesBuffer(), count: 0)

  public init(_ buffer: SeriesBuffer, count: Int) {
    self.buffer = buffer
    self.count = count
  }

  /// A view of values of its own, for tests and short series.
  public init(_ values: some Sequence<Float>) { self = SeriesBuffer(values).view }

  public var isEmpty: Bool { count == 0 }

  /// NaN outside.
  public subscript(index: Int) -> Float { index >= 0 && index < count ? buffer.value(index) : .nan }

  public var last: Float? { count > 0 ? buffer.value(count - 1) : nil }

  /// The newest finite value and its index.
  public var lastFinite: (index: Int, value: Float)? { buffer.lastFinite(before: count) }

  public func values(_ range: Range<Int>) -> [Float] { buffer.values(range.clamped(to: 0..<count)) }

  public func bucket(_ range: Range<Int>) -> SeriesBucket { buffer.bucket(range.clamped(to: 0..<count)) }

  /// Buckets between consecutive indices; indices are clamped to what is there.
  func buckets(_ bounds: [Int]) -> [SeriesBucket] { buffer.buckets(bounds.map { min(max(0, $0), count) }) }

  /// The exponential moving average with bias correction of all values up to each index; β = 0 is the series itself.
  public func smoothed(beta: Double) -> SeriesView {
    beta <= 0 || count == 0 ? self : buffer.smoothed(beta: beta, count: count)
  }
}

extension SeriesView: Equatable {
  /// The same buffer up to the same value.
  public static func == (left: SeriesView, right: SeriesView) -> Bool {
    left.buffer === right.buffer && left.count == right.count
  }
}
