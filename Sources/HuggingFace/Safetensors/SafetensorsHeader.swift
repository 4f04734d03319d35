import Recipe
import Text

extension SafetensorsFile {
  /// The header's JSON, and the offset of the first byte after it.
  static func header(of file: InputFile) throws -> (object: JSONObject, end: Int) {
    let start = try file.prefix()
    if let kind = FileKind(prefix: start), kind != .safetensors {
      throw SafetensorsError(description: "\(file.path): \(kind.sentence)", exitStatus: ExitStatus.badData)
    }
    guard file.size > 0 else {
      throw SafetensorsError(
        description: "\(file.path): is empty; download or write it again", exitStatus: ExitStatus.badData)
    }
    guard file.size >= 8 else {
      throw SafetensorsError.header(file.path, "the file has \(file.size) bytes, the header's length alone needs 8")
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(largestHeader) else {
      throw SafetensorsError.header(file.path, "the header claims \(length) bytes, the limit is \(largestHeader)")
    }
    let count = Int(length)
    guard count <= file.size - 8 else {
      throw SafetensorsError.header(
        file.path, "the header claims \(count) bytes, the file has \(file.size - 8) after it")
    }
    let document: JSONValue
    do {
      document = try JSONParser.parse(try file.bytes(at: 8, count: count))
    } catch let error as JSONError {
      throw SafetensorsError.header(file.path, "the header is not JSON: \(error)")
    }
    guard let object = document.object else {
      throw SafetensorsError.header(file.path, "the header is \(document.kind), not an object")
    }
    return (object, 8 + count)
  }

  static func info(
    _ member: JSONObject.Member, path: String, dataStart: Int, fileSize: Int
  ) throws(SafetensorsError) -> SafetensorsInfo {
    let name = member.key
    guard let object = member.value.object else { throw .tensor(path, name, "is \(member.value.kind), not an object") }
    guard let typeName = object["dtype"]?.string else { throw .tensor(path, name, "has no dtype") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw .tensor(path, name, "has the unknown type \(OneLine.name(typeName))")
    }
    guard let sizes = object["shape"]?.array else { throw .tensor(path, name, "has no shape") }
    var shape: [Int] = []
    var bytes = type.byteCount
    for size in sizes {
      guard case .integer(let size) = size, size >= 0 else {
        throw .tensor(path, name, "has a shape that is not a list of sizes")
      }
      shape.append(size)
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .tensor(path, name, "has a shape too large for any file: \(shape)") }
      bytes = product
    }
    guard let offsets = object["data_offsets"]?.array, offsets.count == 2,
      case .integer(let begin) = offsets[0], case .integer(let end) = offsets[1]
    else { throw .tensor(path, name, "has no data_offsets of two integers") }
    let available = fileSize - dataStart
    guard 0 <= begin, begin <= end, end <= available else {
      throw .tensor(path, name, "lies at \(begin)..<\(end), the file has \(available) bytes of data; is it cut short?")
    }
    guard end - begin == bytes else {
      throw .tensor(path, name, "has \(end - begin) bytes, its shape \(shape) in \(typeName) needs \(bytes)")
    }
    return SafetensorsInfo(name: name, type: type, shape: shape, byteRange: (dataStart + begin)..<(dataStart + end))
  }

  static func checkOverlaps(_ tensors: [SafetensorsInfo], path: String) throws(SafetensorsError) {
    let ordered = tensors.filter { !$0.byteRange.isEmpty }.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (before, after) in zip(ordered, ordered.dropFirst())
    where after.byteRange.lowerBound < before.byteRange.upperBound {
      throw .tensor(path, after.name, "overlaps tensor \(OneLine.name(before.name))")
    }
  }
}
