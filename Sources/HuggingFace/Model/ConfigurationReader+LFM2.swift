import Text
import Transformer

/// What LFM2's configuration class has of its own: convolutions, names of earlier versions, and a width that is computed.
extension ConfigurationReader {
  /// `layer_types`, or where it is absent the layers that `full_attn_idxs` leaves out.
  func shortConvolutions(layers: Int) throws(ModelFolderError) -> ShortConvolutions {
    let types = try fields.list("layer_types", count: layers) { type -> Bool? in
      switch type.string {
      case "conv": true
      case "full_attention": false
      default: nil
      }
    }
    let convolves: [Bool]
    if let types {
      convolves = types
    } else if let value = fields.object.value("full_attn_idxs") {
      let attending = value.array?.compactMap(\.integer) ?? []
      guard attending.count == value.array?.count, attending.allSatisfy({ (0..<layers).contains($0) }) else {
        throw fields.wrong("full_attn_idxs", value, "a list of layers from 0 to \(layers - 1)")
      }
      convolves = (0..<layers).map { !attending.contains($0) }
    } else {
      convolves = Array(repeating: false, count: layers)
    }
    return ShortConvolutions(
      width: try fields.size("conv_L_cache", default: 3, most: 64), layers: convolves.indices.filter { convolves[$0] })
  }

  /// Two thirds of what is given, times a factor, up to the next multiple; or what is given.
  func lfm2IntermediateSize() throws(ModelFolderError) -> Int {
    let name = fields.object.value("block_ff_dim") == nil ? "intermediate_size" : "block_ff_dim"
    let given = try fields.size(name, default: 12_288)
    guard try fields.flag("block_auto_adjust_ff_dim", default: true) else { return given }
    var size = 2 * given / 3
    // transformers leaves the multiple out, too, where the factor is null.
    if let multiplier = fields.object["block_ffn_dim_multiplier"], multiplier.isNull { return max(1, size) }
    let factor = try fields.number("block_ffn_dim_multiplier", default: 1)
    guard factor > 0, factor < 1024 else {
      throw fields.wrong("block_ffn_dim_multiplier", .number(factor), "a number above 0 and below 1024")
    }
    size = Int(factor * Double(size))
    let multiple = try fields.size("block_multiple_of", default: 256, most: 1 << 20)
    return (size + multiple - 1) / multiple * multiple
  }

  /// LFM2's earlier versions say `tie_embedding`, which counts.
  func tiesEmbeddings(_ family: ModelFamily) throws(ModelFolderError) -> Bool {
    let ties = try fields.flag("tie_word_embeddings", default: family.tiesEmbeddings)
    return family == .lfm2 ? try fields.flag("tie_embedding", default: ties) : ties
  }
}
