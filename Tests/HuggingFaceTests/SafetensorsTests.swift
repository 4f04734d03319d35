import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Transformer

@Suite struct SafetensorsTests {
  /// A file with the given header and so many bytes of data.
  private func file(_ folder: TemporaryFolder, header: String, data: Int, name: String = "x.safetensors") throws
    -> String
  {
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    bytes += Array(header.utf8) + [UInt8](repeating: 0, count: data)
    return try folder.write(bytes, name).path
  }

  @Test func writesAndReadsBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.safetensors")
    let values: [Float] = [1, -2.5, 3e-9, 65504, 0.1, -0]
    let weight = WeightMatrix(rows: 2, columns: 3, floats: values)
    try SafetensorsWriter.write(
      path: path,
      tensors: [
        SafetensorsWriter.Tensor(name: "b.half", weight: weight, as: .bfloat16),
        SafetensorsWriter.Tensor(name: "a.full", shape: [3, 2], floats: values),
        SafetensorsWriter.Tensor(name: "ids", shape: [2], integers: [-1, 1 << 40]),
        SafetensorsWriter.Tensor(name: "empty", shape: [0, 4], floats: []),
      ], metadata: ["format": "pt", "note": "ü \"q\""])
    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["ids", "a.full", "empty", "b.half"])
    #expect(file.metadata == ["format": "pt", "note": "ü \"q\""])
    #expect(try file.floats("a.full") == values)
    #expect(try file.floats("b.half").map(HalfPrecision.bfloat16) == values.map(HalfPrecision.bfloat16))
    #expect(file.info("b.half")?.shape == [2, 3])
    #expect(file.info("b.half")?.type == .bf16)
    #expect(
      try file.bytes("ids") == [Int64(-1), 1 << 40].flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } })
    #expect(try file.floats("empty").isEmpty)
    let matrix = try file.matrix("b.half", rows: 2, columns: 3)
    #expect(matrix.element == .bfloat16)
    // The data begins at a multiple of 8, and nothing else is left in the folder.
    #expect(file.tensors[0].byteRange.lowerBound % 8 == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.safetensors"])
  }

  @Test func readsTorchsHalfPrecision() throws {
    let half = Fixtures.folder("models/tiny-wide-heads-f16-shards/model-00001-of-00002.safetensors").path
    let brain = Fixtures.folder("models/tiny-wide-heads/model.safetensors").path
    let name = "model.embed_tokens.weight"
    let left = try SafetensorsFile(path: half).floats(name)
    let right = try SafetensorsFile(path: brain).floats(name)
    // The FP16 weights were made from the BF16 ones; for magnitudes of about 1 that is exact.
    #expect(left == right)
    #expect(left.contains { $0 != 0 })
  }

  @Test func convertsEveryHalf() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfPrecision.widen(bits)
      #if arch(arm64)
        let reference = Float(Float16(bitPattern: bits))
        #expect(value == reference || value.isNaN && reference.isNaN)
      #endif
      let exponent = Int(bits >> 10 & 31)
      if exponent == 31 {
        #expect(!value.isFinite)
      } else {
        let magnitude = Double(bits & 1023) / 1024 + (exponent == 0 ? 0 : 1)
        let expected = magnitude * Double(sign: .plus, exponent: max(exponent, 1) - 15, significand: 1)
        #expect(Double(value) == (bits & 0x8000 == 0 ? expected : -expected))
      }
    }
  }

  /// A file's halves are widened sixteen at a time, its bytes at any place.
  @Test func matricesOfHalvesHaveTheBitsOfEachHalf() throws {
    let finite = (UInt16.min...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
    let folder = try TemporaryFolder()
    let header =
      #"{"pad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"h":{"dtype":"F16","shape":[2,\#(finite.count / 2)],"#
      + #""data_offsets":[1,\#(2 * finite.count + 1)]}}"#
    let path = try file(folder, header: header, data: 0)
    let halves = finite.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    try (Data(contentsOf: URL(filePath: path)) + [0] + halves).write(to: URL(filePath: path))
    for transposed in [false, true] {
      let (rows, columns) = transposed ? (finite.count / 2, 2) : (2, finite.count / 2)
      let matrix = try SafetensorsFile(path: path).matrix("h", rows: rows, columns: columns, transposed: transposed)
      let values = matrix.toFloats()
      let wrong = finite.indices.filter { place in
        let there = transposed ? place % (finite.count / 2) * 2 + place / (finite.count / 2) : place
        return values[there].bitPattern != HalfPrecision.widen(finite[place]).bitPattern
      }
      #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }
  }

  @Test(arguments: ["F32", "BF16", "F16"])
  func anInfinityIsFoundWhereverItIs(_ type: String) throws {
    let folder = try TemporaryFolder()
    let count = 4500
    let size = type == "F32" ? 4 : 2
    let header = #"{"w":{"dtype":"\#(type)","shape":[3,\#(count / 3)],"data_offsets":[0,\#(size * count)]}}"#
    let infinity: [UInt8] = type == "F32" ? [0, 0, 0x80, 0xFF] : type == "BF16" ? [0x80, 0x7F] : [0x01, 0x7C]
    // The largest finite value, everywhere else.
    let finite: [UInt8] = type == "F32" ? [0xFF, 0xFF, 0x7F, 0x7F] : type == "BF16" ? [0x7F, 0xFF] : [0xFF, 0x7B]
    for place in [nil, 0, 1023, 1024, 2047, 2049, 4095, 4096, 4499] {
      var bytes = Array(try Data(contentsOf: URL(filePath: try file(folder, header: header, data: 0))))
      for index in 0..<count { bytes += index == place ? infinity : finite }
      let path = try folder.write(bytes, "w.safetensors").path
      let refused = refusal { _ = try SafetensorsFile(path: path).matrix("w", rows: 3, columns: count / 3) }
      let element = place.map { "element [\($0 / (count / 3)), \($0 % (count / 3))] is not a finite number" }
      #expect(element.map { refused?.text.contains($0) == true } ?? (refused == nil), "\(refused?.text ?? "nothing")")
    }
  }

  @Test func roundsBrainFloatsToEven() {
    #expect(HalfPrecision.bfloat16(1) == 0x3F80)
    #expect(HalfPrecision.bfloat16(Float(bitPattern: 0x3F80_8000)) == 0x3F80)
    #expect(HalfPrecision.bfloat16(Float(bitPattern: 0x3F81_8000)) == 0x3F82)
    #expect(HalfPrecision.bfloat16(Float(bitPattern: 0x3F80_8001)) == 0x3F81)
    #expect(HalfPrecision.bfloat16(.greatestFiniteMagnitude) == 0x7F80)
    #expect(Float(bitPattern: UInt32(HalfPrecision.bfloat16(.nan)) << 16).isNaN)
  }

  static let wrongHeaders: [(String, Int, String)] = [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#, 9, "needs 8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "cut short"),
    (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "F31"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,8]}}"#, 8, "too large"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "8..<0"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "-8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "data_offsets"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12, "overlaps"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
      16, "twice"
    ),
    (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "dtype"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":7}"#, 8, "object"),
    (#"[1]"#, 8, "a list"),
    (#"{"a":"#, 8, "JSON"),
    (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__"),
  ]

  @Test(arguments: wrongHeaders)
  func refusesWrongHeaders(_ header: String, _ data: Int, _ word: String) throws {
    let folder = try TemporaryFolder()
    let path = try file(folder, header: header, data: data)
    let refused = try #require(refusal { _ = try SafetensorsFile(path: path) })
    #expect(refused.text.contains(word), "\(refused.text)")
    #expect(refused.text.contains(path))
    #expect(refused.status == 65)
  }

  @Test func toleratesGaps() throws {
    let folder = try TemporaryFolder()
    let path = try file(
      folder, header: #"{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}   "#, data: 40)
    #expect(try SafetensorsFile(path: path).floats("a") == [0])
  }

  @Test func refusesShortAndMissingFiles() throws {
    let folder = try TemporaryFolder()
    for bytes in [[], [1, 2, 3], [255, 255, 255, 255, 255, 255, 255, 255], [9, 0, 0, 0, 0, 0, 0, 0, 123]] as [[UInt8]] {
      let path = try folder.write(bytes, "short.safetensors").path
      let refused = try #require(refusal { _ = try SafetensorsFile(path: path) })
      #expect(refused.status == 65)
    }
    #expect(refusal { _ = try SafetensorsFile(path: folder.file("none")) }?.status == 66)
    #expect(refusal { _ = try SafetensorsFile(path: folder.url.path) }?.status == 66)
  }

  @Test func namesWhatItCannotWrite() throws {
    let refused = try #require(
      refusal { try SafetensorsWriter.write(path: "/nonexistent-folder/x.safetensors", tensors: []) })
    #expect(refused.status == 73)
    #expect(refused.text.contains("/nonexistent-folder/x.safetensors"))
  }

  @Test func refusesTypesItCannotWiden() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("i.safetensors")
    try SafetensorsWriter.write(path: path, tensors: [.init(name: "ids", shape: [1], integers: [5])])
    let file = try SafetensorsFile(path: path)
    #expect(refusal { _ = try file.floats("ids") }?.text.contains("I64") == true)
    #expect(refusal { _ = try file.floats("other") }?.text.contains("other") == true)
  }

  @Test func damagedFilesNeverTrap() throws {
    let original = Array(
      try Data(contentsOf: Fixtures.folder("cases/gqa-o/adapter/adapter_model.safetensors")))
    let folder = try TemporaryFolder()
    var generator = SplitMix64(seed: 17)
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 4) {
        let place = Int(generator.next() % 600)
        switch generator.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[place] = Array("0123456789{}[],:\"".utf8).randomElement(using: &generator) ?? 0
        case 2: bytes.removeLast(min(bytes.count - 700, Int(generator.next() % 700)))
        default: bytes.remove(at: place)
        }
      }
      let path = try folder.write(bytes, "m.safetensors").path
      do {
        let file = try SafetensorsFile(path: path)
        for name in file.names { _ = try file.floats(name) }
      } catch let error as SafetensorsError {
        #expect(!error.description.contains("\n"))
      }
    }
  }
}
