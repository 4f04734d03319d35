/// One part of a regular expression, before it is compiled.
indirect enum PatternNode {
  /// One scalar of a set, `least` to `most` times, as many as possible. Possessive: never gives back.
  case set(ScalarSet, least: Int, most: Int, possessive: Bool)
  /// The first of several sequences that leads to a match; `optional` adds the empty one at the end.
  case group([[PatternNode]], optional: Bool)
  case lookahead([[PatternNode]], negative: Bool)
  case start
  case end
}
