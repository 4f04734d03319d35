import Training

extension LatencyOptions {
  /// A small model may have too few positions for the usual block.
  func fitting(positions: Int) -> LatencyOptions {
    var options = self
    let room = positions - 2
    options.tokensPerBlock = max(1, min(tokensPerBlock, room / 2))
    options.promptLength = max(1, min(promptLength, room - options.tokensPerBlock))
    return options
  }
}
