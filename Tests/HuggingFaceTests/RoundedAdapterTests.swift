import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Adapters that are exported in BF16.
@Suite struct RoundedAdapterTests {
  private func configuration() throws -> ModelConfiguration {
    try ModelFolder.configuration(at: Fixtures.folder("models/tiny-gqa"))
  }

  @Test(arguments: ["gqa-all", "gqa-mixed", "gqa-dora-mixed"]) func roundsToNearestAndIsReadBack(name: String) throws {
    let exact = try PEFTAdapterFolder.read(Fixtures.folder("cases/\(name)/adapter"), configuration: try configuration())
    let folder = try TemporaryFolder()
    let source = folder.url.appendingPathComponent("own")
    try PEFTAdapterFolder.write(exact, to: source, baseModelName: "tiny-gqa", baseFingerprint: "f00d")
    let target = folder.file("out")
    try PEFTAdapterFolder.copy(source, to: target, rounds: true)
    let file = try SafetensorsFile(path: target + "/adapter_model.safetensors")
    for tensor in file.tensors {
      #expect(tensor.type == (tensor.name.contains("magnitude") ? .f32 : .bf16), "\(tensor.name)")
    }
    let before = try InputFile.contents(of: source.appendingPathComponent("adapter_model.safetensors").path)
    let after = try InputFile.contents(of: target + "/adapter_model.safetensors")
    #expect(after.count < before.count)
    // What says which base it is for goes with it.
    #expect(try PEFTAdapterFolder.baseFingerprint(of: URL(fileURLWithPath: target)) == "f00d")
    #expect(PEFTAdapterFolder.stranger(in: target) == nil)
    let read = try PEFTAdapterFolder.read(URL(fileURLWithPath: target), configuration: try configuration())
    #expect(read.specification == exact.specification)
    for (own, other) in zip(exact.modules, read.modules) {
      #expect(own.path == other.path)
      for (values, rounded) in [(own.a, other.a), (own.b, other.b)] {
        for (value, got) in zip(values.array, rounded.array) {
          // Eight bits of significand, of which half the last is the most that rounding moves.
          #expect(got.bitPattern & 0xFFFF == 0 && abs(got - value) <= abs(value) / 256)
          let others = [got.bitPattern &- 0x10000, got.bitPattern &+ 0x10000].map { Float(bitPattern: $0) }
          #expect(got == 0 || others.allSatisfy { abs($0 - value) >= abs(got - value) })
        }
      }
      #expect(own.magnitude?.array == other.magnitude?.array)
    }
  }

  /// Twice is once: what is BF16 already stays what it is.
  @Test func whatIsRoundedStaysAsItIs() throws {
    let folder = try TemporaryFolder()
    let exact = try PEFTAdapterFolder.read(Fixtures.folder("cases/gqa-all/adapter"), configuration: try configuration())
    let source = folder.url.appendingPathComponent("own")
    try PEFTAdapterFolder.write(exact, to: source, baseModelName: "tiny-gqa", baseFingerprint: "f00d")
    try PEFTAdapterFolder.copy(source, to: folder.file("once"), rounds: true)
    try PEFTAdapterFolder.copy(URL(fileURLWithPath: folder.file("once")), to: folder.file("twice"), rounds: true)
    func bytes(_ name: String) throws -> [UInt8] {
      Array(try InputFile.contents(of: folder.file(name) + "/adapter_model.safetensors"))
    }
    #expect(try bytes("once") == bytes("twice"))
  }

  @Test func damagedWeightsLeaveWhatWasThere() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("own"), withIntermediateDirectories: false)
    _ = try folder.write("not safetensors", "own/adapter_model.safetensors")
    _ = try folder.write("{}", "own/adapter_config.json")
    #expect(throws: (any Error).self) {
      try PEFTAdapterFolder.copy(folder.url.appendingPathComponent("own"), to: folder.file("out"), rounds: true)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
  }
}
