import Recipe
import Text
import Transformer

/// Tensors of a checkpoint that no model of its `config.json` has, and that transformers leaves out, too, with the same
/// log-probabilities. Others (biases, norms) are refused: who saved them meant them to count.
struct LeftOutWeights {
  let names: WeightNames

  /// Of tasks other than language modelling, beside the decoder: TRL's `v_head.summary`, the classes `…ForSequenceClassification`,
  /// `…ForTokenClassification` and `…ForQuestionAnswering`, reward models.
  private static let heads: Set<Substring> = [
    "v_head", "value_head", "score", "classifier", "qa_outputs", "reward_head", "regression_head",
    "multiple_choice_head",
  ]

  /// Buffers, most of them of old checkpoints, whose values are computed.
  private static let buffers = [
    "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", ".attn.bias", ".attn.masked_bias",
    ".position_ids",
  ]

  func contains(_ name: String) -> Bool {
    isBuffer(name) || isHead(name) || isState(name) || layerBeyond(name) != nil || names.isLeftOut(name)
  }

  private func isBuffer(_ name: String) -> Bool { Self.buffers.contains { name.hasSuffix($0) } }

  func isHead(_ name: String) -> Bool { Self.heads.contains(name.prefix { $0 != "." }) }

  /// What Transformer Engine keeps for its FP8.
  private func isState(_ name: String) -> Bool { name.hasSuffix("._extra_state") }

  /// A layer with a number that `config.json` does not count, by its name: `model.layers.32`. Models that draft several tokens at
  /// once have such. nil for all other tensors.
  private func layerBeyond(_ name: String) -> String? {
    let configuration = names.configuration
    var lists = [(blocks: names.blocks, count: configuration.layers)]
    if let vision = configuration.vision { lists.append((vision.tower.names.blocks, vision.layers)) }
    for list in lists where name.hasPrefix("\(list.blocks).") {
      let number = name.dropFirst(list.blocks.count + 1).prefix { $0 != "." }
      if let layer = Int(number), layer >= list.count, String(layer) == number { return "\(list.blocks).\(layer)" }
    }
    return nil
  }

  /// What of a file is left out, a line for each kind. Buffers are not worth a line, and what Qwen 3.5 has beside its decoder has
  /// one of its own.
  func notices(_ all: [String], place: String) -> [String] {
    var lines: [String] = []
    let heads = all.filter(isHead)
    if !heads.isEmpty {
      lines.append("\(place): left out, as in transformers: \(HubFolder.listed(heads)), for another task")
    }
    let layers = Set(all.compactMap(layerBeyond)).sorted { ($0.count, $0) < ($1.count, $1) }
    if !layers.isEmpty {
      lines.append(
        "\(place): left out, as in transformers: \(HubFolder.listed(layers)), beyond the layers that config.json counts "
          + "(num_hidden_layers)")
    }
    if let state = all.first(where: isState) {
      lines.append(
        "\(place): left out, as in transformers: \(OneLine.name(state)) and its like, which are no weights")
    }
    return lines
  }
}
