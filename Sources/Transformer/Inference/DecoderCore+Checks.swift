import Kernels
import Recipe

/// What a decoder refuses, before anything of it is allocated or computed.
extension DecoderCore {
  /// That what a decoder allocates when it is made has room.
  static func checkMemory(
    _ configuration: ModelConfiguration, adapters: [LoRASpecification], slots: Int, maxLength: Int
  ) throws(DecoderError) {
    let copies = InferenceMemory.sum(adapters.map { InferenceMemory.copies(of: $0, in: configuration) })
    let needed = InferenceMemory.sum([
      InferenceMemory.decoder(configuration, slots: slots, maxLength: maxLength, adapters: adapters), copies,
    ])
    let several = slots == 1 ? "" : " of \(slots) sequences at once"
    let beside = adapters.count > 1 ? " and \(adapters.count) adapters" : ""
    do {
      try MemoryShortage.check(needed, for: "the keys and values\(several), \(maxLength) positions each,\(beside)") {
        room in
        if adapters.count > 1, copies > room / 2 {
          let fitting = max(0, room - (needed - copies)) / max(1, copies / adapters.count)
          return "\(fitting > 0 ? "about \(fitting)" : "not one") of the adapters would fit beside them"
        }
        let fitting =
          max(0, room - copies) / max(1, InferenceMemory.caches(configuration, slots: slots, positions: 1))
        return fitting > 64
          ? "about \(fitting) positions would fit: shorten the prompt or lower --max-new-tokens" : "use a smaller model"
      }
    } catch {
      throw .memory(error)
    }
  }

  // MARK: Prompts and steps

  /// That prompts can be read into their slots.
  func check(_ prompts: [(slot: Int, prompt: AdaptedPrompt)]) throws(DecoderError) {
    try checkMemory(of: prompts.map(\.prompt.prompt))
    var seen: Set<Int> = []
    for (index, entry) in prompts.enumerated() {
      try check(slot: entry.slot, seen: &seen)
      try check(entry.prompt.prompt, index: index)
    }
  }

  /// That a forward pass over the longest of the prompts, or over as many as go into one, has room.
  func checkMemory(of prompts: [Prompt]) throws(DecoderError) {
    let longest = prompts.map(\.tokens.count).max() ?? 0
    let together = prompts.reduce(0) { $0 + $1.tokens.count }
    let tokens = max(longest, min(together, Admission.tokensOfAPass))
    try ForwardPass.checkMemory(
      base.configuration, adapters: specifications, tokens: tokens, headRows: prompts.count, longest: longest)
  }

  /// - Parameter index: the prompt's, for the refusal.
  func check(_ prompt: Prompt, index: Int) throws(DecoderError) {
    guard !prompt.tokens.isEmpty else { throw .emptyPrompt(index: index) }
    guard prompt.tokens.count <= maxLength else {
      throw .tooLong(index: index, length: prompt.tokens.count, limit: maxLength)
    }
    for token in prompt.tokens { try check(token) }
    if let problem = ImageProblem(tokens: prompt.tokens, images: prompt.images, in: base.configuration) {
      throw .images(index: index, problem)
    }
  }

  /// That slots can go on by a token.
  func check(_ active: [(slot: Int, token: Int32)]) throws(DecoderError) {
    var seen: Set<Int> = []
    for (slot, token) in active {
      try check(slot: slot, seen: &seen)
      try check(token)
      guard lengths[slot] > 0 else { throw .emptySlot(slot) }
      guard lengths[slot] < maxLength else { throw .tooLong(index: slot, length: lengths[slot] + 1, limit: maxLength) }
    }
  }

  private func check(slot: Int, seen: inout Set<Int>) throws(DecoderError) {
    guard (0..<slots).contains(slot) else { throw .slotOutOfRange(slot, slots: slots) }
    guard seen.insert(slot).inserted else { throw .slotUsedTwice(slot) }
  }

  private func check(_ token: Int32) throws(DecoderError) {
    let vocabulary = base.configuration.vocabularySize
    guard token >= 0, token < vocabulary else { throw .token(token, vocabulary: vocabulary) }
  }

  /// Why the caches cannot grow as the next step of these slots needs it; nil where nothing grows, or there is room.
  func growthProblem(_ slots: some Sequence<Int>) -> MemoryShortage? {
    var bytes = 0
    var longest = 0
    for slot in slots {
      bytes = InferenceMemory.sum([bytes, caches[slot].growth(to: lengths[slot] + 1)])
      longest = max(longest, lengths[slot])
    }
    guard bytes > 0 else { return nil }
    do {
      try MemoryShortage.check(bytes, for: "the keys and values of more than \(longest) positions") { _ in
        "sequences of \(longest) positions fit: lower --max-new-tokens"
      }
      return nil
    } catch {
      return error
    }
  }
}
