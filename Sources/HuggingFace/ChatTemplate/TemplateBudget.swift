/// What a rendering may use up, so that a runaway template ends in an error: steps, bytes of text that it makes, and depth.
struct TemplateBudget {
  private var steps = 0
  private var bytes = 0
  private var depth = 0
  private static let mostSteps = 1_000_000
  private static let deepest = 200
  private let mostBytes: Int

  /// - Parameter input: bytes of the conversation.
  init(input: Int) { mostBytes = (16 << 20) + 64 * input }

  mutating func step(_ line: Int) throws {
    steps += 1
    guard steps <= Self.mostSteps else {
      throw TemplateFailure(line: line, reason: "the template runs for more than \(Self.mostSteps) steps; does it end?")
    }
  }

  /// Before text or a list of `count` bytes or elements is made.
  mutating func make(_ count: Int, _ line: Int) throws {
    let (sum, overflows) = bytes.addingReportingOverflow(max(0, count))
    bytes = sum
    guard !overflows, sum <= mostBytes else {
      throw TemplateFailure(line: line, reason: "the template makes more than \(mostBytes >> 20) MiB of text")
    }
  }

  mutating func enter(_ line: Int) throws {
    depth += 1
    guard depth <= Self.deepest else {
      throw TemplateFailure(line: line, reason: "the template is nested or calls itself more than \(Self.deepest) deep")
    }
  }

  mutating func leave() { depth -= 1 }
}
