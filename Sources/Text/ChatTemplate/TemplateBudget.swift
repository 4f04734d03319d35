/// What a rendering may use up, so that a runaway template ends in an error: steps, bytes that it makes, and depth.
///
/// A step is one expression or one round of a loop, about 4 µs. Work that goes through a text or a list is charged by its size, so that
/// neither many searches in a long text nor one in many long texts is free. A template of today takes 50 to 200 steps for a turn:
/// 250 000 steps, and 32 more for each byte of the conversation, are ten times what the longest conversations need, and a
/// second of work for one example.
struct TemplateBudget {
  private var steps = 0
  /// Work of less than a step.
  private var pending = 0
  private var bytes = 0
  private var depth = 0
  private static let deepest = 200
  /// Bytes that are searched, compared or copied in the time of a step, carefully reckoned.
  private static let bytesOfStep = 256
  /// Elements that are looked at in the time of a step.
  private static let elementsOfStep = 16
  /// Memory that an element takes in a list.
  private static let bytesOfElement = 32
  private let mostSteps: Int
  private let mostBytes: Int

  /// - Parameter input: bytes of the conversation.
  init(input: Int) {
    let input = min(max(0, input), 1 << 40)
    mostSteps = 250_000 + 32 * input
    mostBytes = (16 << 20) + 64 * input
  }

  mutating func step(_ line: Int) throws { try spend(1, line) }

  private mutating func spend(_ count: Int, _ line: Int) throws {
    steps = min(steps, mostSteps) + count
    guard steps <= mostSteps else {
      throw TemplateFailure(
        line: line, reason: "the template takes more than \(mostSteps) steps for one conversation; does it end?",
        kind: .exhausted)
    }
  }

  /// Before a text of `count` bytes is searched, compared or gone through.
  mutating func read(_ count: Int, _ line: Int) throws {
    pending += min(max(0, count), 1 << 50)
    guard pending >= Self.bytesOfStep else { return }
    let whole = pending / Self.bytesOfStep
    pending %= Self.bytesOfStep
    try spend(whole, line)
  }

  /// Before `count` elements are looked at.
  mutating func visit(_ count: Int, _ line: Int) throws {
    try read(min(max(0, count), 1 << 40) * (Self.bytesOfStep / Self.elementsOfStep), line)
  }

  /// Before text of `count` bytes is made.
  mutating func make(_ count: Int, _ line: Int) throws {
    let (sum, overflows) = bytes.addingReportingOverflow(max(0, count))
    bytes = overflows ? .max : sum
    guard bytes <= mostBytes else {
      throw TemplateFailure(
        line: line, reason: "the template makes more than \(mostBytes >> 20) MiB of text", kind: .exhausted)
    }
    try read(count, line)
  }

  /// Before a list of `count` elements is made.
  mutating func makeElements(_ count: Int, _ line: Int) throws {
    let (size, overflows) = max(0, count).multipliedReportingOverflow(by: Self.bytesOfElement)
    try make(overflows ? .max : size, line)
  }

  mutating func enter(_ line: Int) throws {
    depth += 1
    guard depth <= Self.deepest else {
      throw TemplateFailure(line: line, reason: "the template is nested or calls itself more than \(Self.deepest) deep")
    }
  }

  mutating func leave() { depth -= 1 }
}

/// Why a template could not be read or run, with its line; becomes a `ChatTemplateError` where the template's name is known.
struct TemplateFailure: Error {
  enum Kind {
    /// The template called `raise_exception`.
    case refused
    /// Broken, or more than is interpreted here.
    case beyond
    /// It has used up what a rendering may.
    case exhausted
  }

  var line: Int
  var reason: String
  var kind = Kind.beyond
}
