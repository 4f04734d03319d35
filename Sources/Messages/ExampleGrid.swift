import Recipe

/// Which of several runs got which example right: one mark for each run and example, and the orders in which the examples are shown.
public struct ExampleGrid: Hashable, Sendable {
  public enum Mark: UInt8, Hashable, Sendable {
    case right
    /// Two thirds of the score or more, a third or more, less.
    case mostly, half, little
    case wrong
    /// No result could be read from the answer; it counts as wrong.
    case unread
    /// The run did not evaluate it.
    case missing

    public init(_ outcome: ExampleOutcome?) {
      guard let outcome else {
        self = .missing
        return
      }
      self.init(score: outcome.score, parsed: outcome.parsed)
    }

    public init(score: Double, parsed: Bool) {
      if score >= ExampleGrid.right {
        self = .right
      } else if !parsed {
        self = .unread
      } else if !(score > 0) {
        self = .wrong
      } else {
        self = score >= 2.0 / 3 ? .mostly : score >= 1.0 / 3 ? .half : .little
      }
    }
  }

  /// What the runs that evaluated an example say of it together.
  public enum Agreement: UInt8, Hashable, Sendable {
    /// All of them have it right, or none of them.
    case all, none
    /// Some have it right and others not.
    case differ
    /// Fewer than two evaluated it.
    case alone
  }

  public enum Order: String, CaseIterable, Hashable, Sendable {
    /// Those that more runs have right first; those that the same runs have right stand together.
    case byRight
    /// As they stand in the data.
    case inData

    public var title: String { self == .byRight ? "by how many have it right" : "in the data's order" }
  }

  /// From this score on an answer is right: a mean of ones may be a rounding error away from one.
  public static let right = 0.999_999

  /// By run, then by example.
  public let marks: [[Mark]]
  /// By example.
  public let agreement: [Agreement]
  /// Examples that each run has right, and those that it alone has right among runs that evaluated it.
  public let rightOfRun: [Int]
  public let onlyOfRun: [Int]
  private let orders: [Order: [Int]]
  private let differing: [Order: [Int]]

  /// - Parameters:
  ///   - marks: by run, then by example; equal counts.
  ///   - places: each example's place in the data.
  public init(_ marks: [[Mark]], places: [Int]) {
    let count = places.count
    let marks = marks.map { $0.count == count ? $0 : [Mark](repeating: .missing, count: count) }
    var agreement: [Agreement] = []
    var howMany: [Int] = []
    var rightOfRun = [Int](repeating: 0, count: marks.count)
    var onlyOfRun = rightOfRun
    agreement.reserveCapacity(count)
    for example in 0..<count {
      let right = marks.indices.filter { marks[$0][example] == .right }
      let evaluated = marks.indices.count { marks[$0][example] != .missing }
      for run in right { rightOfRun[run] += 1 }
      if let run = right.first, right.count == 1, evaluated > 1 { onlyOfRun[run] += 1 }
      howMany.append(right.count)
      agreement.append(
        evaluated < 2 ? .alone : right.count == evaluated ? .all : right.isEmpty ? .none : .differ)
    }
    let inData = (0..<count).sorted { (places[$0], $0) < (places[$1], $1) }
    // The runs' marks one after the other, as the digits of a number.
    let patterns = (0..<count).map { example in marks.reduce(UInt64(0)) { $0 << 3 | UInt64($1[example].rawValue) } }
    let byRight = inData.enumerated().sorted { a, b in
      (-howMany[a.element], patterns[a.element], a.offset) < (-howMany[b.element], patterns[b.element], b.offset)
    }.map(\.element)
    let orders: [Order: [Int]] = [.byRight: byRight, .inData: inData]
    self.marks = marks
    self.agreement = agreement
    self.rightOfRun = rightOfRun
    self.onlyOfRun = onlyOfRun
    self.orders = orders
    differing = orders.mapValues { $0.filter { agreement[$0] == .differ } }
  }

  /// Of compared runs, in the order of their samples.
  public init(_ samples: [Comparison.Sample]) {
    let runs = samples.map(\.outcomes.count).max() ?? 0
    self.init(
      (0..<runs).map { run in
        samples.map { Mark($0.outcomes.indices.contains(run) ? $0.outcomes[run] : nil) }
      },
      places: samples.enumerated().map { place, sample in sample.outcomes.lazy.compactMap { $0?.index }.first ?? place }
    )
  }

  /// Examples.
  public var count: Int { agreement.count }

  /// The examples in an order: all of them, or those on which the runs differ.
  public func examples(_ order: Order, onlyDiffering: Bool = false) -> [Int] {
    (onlyDiffering ? differing[order] : orders[order]) ?? []
  }

  public func count(of agreement: Agreement) -> Int { self.agreement.count { $0 == agreement } }

  /// `431 all right, 9 none, 60 differ`, and how many fewer than two runs evaluated.
  public var words: String {
    let alone = count(of: .alone)
    return "\(count(of: .all)) all right, \(count(of: .none)) none, \(count(of: .differ)) differ"
      + (alone > 0 ? ", \(alone) of one run only" : "")
  }

  /// Some answer is right in part: the metric gives more than right and wrong.
  public var isGraded: Bool {
    marks.contains { $0.contains { $0 == .mostly || $0 == .half || $0 == .little } }
  }
}

extension Comparison.Sample {
  /// Some of the runs have it right and others not.
  public var differs: Bool {
    let right = outcomes.compactMap { $0.map { $0.score >= ExampleGrid.right } }
    return right.contains(true) && right.contains(false)
  }
}
