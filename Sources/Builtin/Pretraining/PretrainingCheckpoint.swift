import Foundation
import Kernels
import Transformer

/// All that pretraining needs to go on: a line of JSON, then parameters and both moments of every tensor as FP32, in the model's order.
/// Batches are functions of seed and step, so there is no generator to save.
struct PretrainingCheckpoint: Codable, Equatable {
  var options: PretrainingOptions
  /// Steps done.
  var step: Int
  var tokens: Int
  /// Seconds of training so far, without probes.
  var seconds: Double
  /// The share at which the probes were last taken.
  var probed: Double

  static let fileName = "pretraining.checkpoint"
  private static let magic = Data("lorascope pretraining 1\n".utf8)

  /// Writes beside the old file, then renames.
  func write(to url: URL, optimiser: PretrainingOptimiser) throws {
    var data = Self.magic
    data += try JSONEncoder().encode(self)
    data += Data("\n".utf8)
    for (index, tensor) in optimiser.tensors.enumerated() {
      for pointer in [tensor.parameters, optimiser.firstMoments[index].pointer, optimiser.secondMoments[index].pointer]
      {
        data.append(Data(bytes: pointer, count: tensor.count * MemoryLayout<Float>.size))
      }
    }
    do {
      try data.write(to: url, options: .atomic)
    } catch {
      throw BuiltinError.output(path: url.path, reason: error.localizedDescription)
    }
  }

  /// Reads the state, and the tensors into `optimiser` if they fit.
  static func read(from url: URL, options: PretrainingOptions, optimiser: PretrainingOptimiser) throws -> Self {
    func refuse(_ reason: String) -> BuiltinError { .checkpoint(path: url.path, reason: reason) }
    guard let data = try? Data(contentsOf: url, options: .alwaysMapped), data.starts(with: magic) else {
      throw refuse("it does not begin as one")
    }
    let rest = data.dropFirst(magic.count)
    guard let newline = rest.firstIndex(of: 0x0A),
      let state = try? JSONDecoder().decode(Self.self, from: rest[..<newline])
    else { throw refuse("its header cannot be read") }
    guard state.options == options else { throw refuse("it was made with other options") }
    let floats = optimiser.tensors.reduce(0) { $0 + $1.count } * 3
    var offset = newline + 1
    guard data.endIndex - offset == floats * MemoryLayout<Float>.size else { throw refuse("it is cut short") }
    for (index, tensor) in optimiser.tensors.enumerated() {
      let size = tensor.count * MemoryLayout<Float>.size
      for pointer in [tensor.parameters, optimiser.firstMoments[index].pointer, optimiser.secondMoments[index].pointer]
      {
        let target = UnsafeMutableRawBufferPointer(start: pointer, count: size)
        data.copyBytes(to: target, from: offset..<offset + size)
        offset += size
      }
    }
    return state
  }
}
