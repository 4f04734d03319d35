import Foundation
import Recipe
import Transformer

/// Bytes that a run needs beside the base's weights, and what of its settings would need less.
public struct RunMemory: Sendable, Equatable {
  /// Parameters, gradients and moments, and what DoRA's factors are computed from.
  public var adapter: Int
  public var activations: Int
  /// Caches and activations of answers that are written while the adapter is scored, and copies of the adapter. What prompts begin with
  /// alike is kept only where there is room for it, so nothing need be free for that.
  public var evaluation: Int

  public var total: Int { adapter + activations + evaluation }

  private let specification: LoRASpecification
  private let configuration: ModelConfiguration
  private let sequences: Int
  private let length: Int
  private let imagesPerSequence: Int

  /// - Parameters:
  ///   - sequences: of a batch.
  ///   - length: tokens of the longest example.
  ///   - imagesPerSequence: at most.
  ///   - prompts: tokens of each prompt that is evaluated; empty where nothing is.
  public init(
    specification: LoRASpecification, configuration: ModelConfiguration, sequences: Int, length: Int,
    imagesPerSequence: Int = 0, prompts: [Int], maxNewTokens: Int
  ) {
    self.specification = specification
    self.configuration = configuration
    self.sequences = sequences
    self.length = length
    self.imagesPerSequence = imagesPerSequence
    adapter = TrainingMemory.adapter(specification, in: configuration)
    activations = Self.activations(specification, configuration, sequences, length, imagesPerSequence)
    evaluation = 0
    if let longest = prompts.max() {
      let positions = min(configuration.maxPositions, longest + max(0, maxNewTokens - 1))
      let together = max(longest, min(2048, prompts.reduce(0, +)))
      let slots = Evaluation.slots(
        configuration, prompts: prompts.count, positions: positions, adapter: specification,
        available: max(0, MemoryLimit.current.available - adapter - activations))
      evaluation =
        InferenceMemory.decoder(configuration, slots: slots, maxLength: positions, adapters: [specification])
        + InferenceMemory.forward(
          configuration, tokens: together, headRows: slots, longest: longest, adapters: [specification])
        + InferenceMemory.copies(of: specification, in: configuration)
    }
  }

  private static func activations(
    _ specification: LoRASpecification, _ configuration: ModelConfiguration, _ sequences: Int, _ length: Int,
    _ images: Int
  ) -> Int {
    TrainingMemory.activations(
      configuration: configuration, specification: specification, sequences: sequences, length: length,
      images: sequences * images)
  }

  /// What would fit into so many bytes, as advice.
  public func advice(room: Int) -> String {
    func fits(_ sequences: Int, _ length: Int) -> Bool {
      adapter + evaluation
        + Self.activations(
          specification, configuration, sequences, length, length < self.length ? 0 : imagesPerSequence)
        <= room
    }
    var options: [String] = []
    var shorter = 1
    while shorter * 2 < length { shorter *= 2 }
    while shorter >= 16, !fits(sequences, shorter) { shorter /= 2 }
    if shorter >= 16, shorter < length { options.append("--sequence-length \(shorter)") }
    var fewer = sequences / 2
    while fewer >= 1, !fits(fewer, length) { fewer /= 2 }
    if fewer >= 1 { options.append("--batch-size \(fewer)") }
    if evaluation > 0, total - evaluation <= room {
      options.append("--eval-examples 0, which leaves the evaluation out")
    }
    return options.isEmpty
      ? "use a smaller model or a machine with more memory" : "what would fit: \(options.joined(separator: ", or "))"
  }
}

/// What the process holds in memory now.
public enum ResidentMemory {
  /// Bytes; nil where the system does not tell. Costs a few microseconds.
  public static var bytes: Int? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
      return pages(inStatm: text).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
    #else
      return nil
    #endif
  }

  /// The second number of `/proc/self/statm`.
  package static func pages(inStatm text: String) -> Int? {
    text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }
}

/// The process's memory high-water mark.
public enum PeakMemory {
  /// Bytes of the largest resident set so far: `VmHWM` on Linux, `ru_maxrss` elsewhere; 0 if the system does not tell.
  public static var bytes: Int {
    #if os(Linux)
      guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
      return (highWaterMark(inStatus: status) ?? 0) * 1024
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #endif
  }

  /// The kilobytes after `VmHWM:` in the text of `/proc/self/status`.
  package static func highWaterMark(inStatus status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
    return nil
  }
}
