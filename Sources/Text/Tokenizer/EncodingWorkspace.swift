/// What an encoding call needs besides the tokenizer; kept from call to call.
///
/// `@unchecked Sendable`: a call takes one out of the tokenizer's pool, under its lock, and puts it back when it is done, so
/// only one thread uses it at a time.
final class EncodingWorkspace: @unchecked Sendable {
  @exclusivity(unchecked) var words = WordCache()
  /// One for each pre-tokenizer, and one for the normalizers.
  let matchers: [PatternMatcher]

  init(stages: Int) { matchers = (0...stages).map { _ in PatternMatcher() } }
}
