import Recipe
import Transformer

/// Which examples make which batch: a function of the examples' lengths, the options and the position alone.
///
/// The examples form one endless stream, epoch after epoch, each epoch in an order of its own (Fisher and Yates with
/// `SplitMix64(seed:stream: epoch)`) or in the file's. Without packing a batch is the next `batchSize` examples of that stream, so with `steps`
/// it wraps over the end of an epoch, and with `epochs` only the run's last batch may be smaller. With packing a batch takes whole examples as long as they fit
/// into `batchSize` × `sequenceLength` tokens and ends at the latest with its epoch, so that no example is in it twice.
public struct BatchPlan: Sendable {
  private let lengths: [Int]
  private let batchSize: Int
  private let tokenBudget: Int?
  private let shuffle: Bool
  private let seed: UInt64
  /// Examples of the whole stream; nil when `steps` decides.
  private let streamLength: Int?
  private var order: [Int]
  private var orderEpoch: Int
  /// Where the next batch begins.
  public private(set) var position: BatchPosition

  /// - Parameter lengths: tokens of each example; not empty.
  public init(lengths: [Int], options: TrainingOptions, position: BatchPosition = BatchPosition()) {
    precondition(!lengths.isEmpty, "a batch plan needs examples")
    self.lengths = lengths
    batchSize = options.batchSize
    tokenBudget = options.packing ? options.batchSize * options.sequenceLength : nil
    shuffle = options.shuffle
    seed = options.seed
    streamLength =
      options.steps == nil ? options.epochs.map { Self.streamLength(epochs: $0, count: lengths.count) } : nil
    self.position = position
    orderEpoch = position.epoch
    order = Self.order(epoch: position.epoch, count: lengths.count, shuffle: options.shuffle, seed: options.seed)
  }

  /// The indices of the next batch's examples; empty when the epochs asked for are over.
  public mutating func next() -> [Int] {
    var batch: [Int] = []
    var tokens = 0
    while tokenBudget != nil || batch.count < batchSize {
      if position.offset == lengths.count {
        if tokenBudget != nil && !batch.isEmpty { break }
        position = BatchPosition(epoch: position.epoch + 1, offset: 0)
      }
      if let streamLength, position.epoch * lengths.count + position.offset >= streamLength { break }
      let index = index(at: position)
      if let tokenBudget, !batch.isEmpty, tokens + lengths[index] > tokenBudget { break }
      batch.append(index)
      tokens += lengths[index]
      position.offset += 1
    }
    return batch
  }

  /// Goes to a place that was read from `position` before.
  public mutating func move(to position: BatchPosition) {
    self.position = position
  }

  /// Optimiser steps of a run: `steps`, or as many as its epochs make, by walking through the plan.
  public static func totalSteps(lengths: [Int], options: TrainingOptions) -> Int {
    if let steps = options.steps { return steps }
    var batches = 0
    if options.packing {
      var plan = BatchPlan(lengths: lengths, options: options)
      while !plan.next().isEmpty { batches += 1 }
    } else {
      let stream = streamLength(epochs: options.epochs ?? 1, count: lengths.count)
      batches = (stream + options.batchSize - 1) / options.batchSize
    }
    return max(1, (batches + options.gradientAccumulation - 1) / options.gradientAccumulation)
  }

  private mutating func index(at position: BatchPosition) -> Int {
    if orderEpoch != position.epoch {
      orderEpoch = position.epoch
      order = Self.order(epoch: orderEpoch, count: lengths.count, shuffle: shuffle, seed: seed)
    }
    return order[position.offset]
  }

  private static func order(epoch: Int, count: Int, shuffle: Bool, seed: UInt64) -> [Int] {
    guard shuffle else { return Array(0..<count) }
    var generator = SplitMix64(seed: seed, stream: UInt64(epoch))
    return generator.permutation(count)
  }

  private static func streamLength(epochs: Double, count: Int) -> Int {
    max(1, Int((epochs * Double(count)).rounded(.up)))
  }
}

/// Where a run stands in its data: enough, with the seed, to go on exactly there.
public struct BatchPosition: Sendable, Codable, Equatable {
  /// Passes begun, from 0.
  public var epoch: Int
  /// Examples of this epoch's order that have been used.
  public var offset: Int

  public init(epoch: Int = 0, offset: Int = 0) {
    self.epoch = epoch
    self.offset = offset
  }
}

/// From examples to the packed form that the model takes.
public enum BatchAssembly {
  /// One batch without padding; each example is a sequence of its own, so that attention never crosses examples and positions begin at 0 in each.
  public static func batch(_ examples: [TokenizedExample]) -> TokenBatch {
    var tokens: [Int32] = []
    var targets: [Int32] = []
    var starts: [Int32] = [0]
    let total = examples.reduce(0) { $0 + $1.tokens.count }
    tokens.reserveCapacity(total)
    targets.reserveCapacity(total)
    for example in examples {
      tokens += example.tokens
      let start = targets.count
      targets += repeatElement(-1, count: example.tokens.count)
      for place in example.lossRanges.joined() { targets[start + place - 1] = example.tokens[place] }
      starts.append(Int32(tokens.count))
    }
    return TokenBatch(
      tokens: tokens, targets: targets, sequenceStarts: starts,
      images: examples.flatMap { $0.images.flatMap(\.pixelValues) })
  }
}
