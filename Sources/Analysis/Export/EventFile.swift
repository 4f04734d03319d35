/// A file of scalars as TensorBoard reads it: records of TFRecord with events in protobuf (tensorflow/core/util/event.proto,
/// framework/summary.proto), of which no more is written than a scalar has.
package struct EventFile: Sendable {
  package private(set) var bytes: [UInt8] = []

  /// - Parameter time: seconds since 1970.
  package init(time: Double) {
    var event = ProtobufMessage()
    event.double(1, time)
    event.text(3, "brain.Event:2")
    append(event.bytes)
  }

  /// - Parameter time: seconds since 1970.
  package mutating func add(_ tag: String, _ value: Float, step: Int, time: Double) {
    var scalar = ProtobufMessage()
    scalar.text(1, tag)
    scalar.float(2, value)
    var summary = ProtobufMessage()
    summary.bytes(1, scalar.bytes)
    var event = ProtobufMessage()
    event.double(1, time)
    event.varint(2, UInt64(max(0, step)))
    event.bytes(5, summary.bytes)
    append(event.bytes)
  }

  /// Length, its checksum, the record, its checksum; little-endian.
  private mutating func append(_ record: [UInt8]) {
    let length = UInt64(record.count).littleEndianBytes
    bytes += length + CRC32C.masked(length).littleEndianBytes
    bytes += record + CRC32C.masked(record).littleEndianBytes
  }
}
