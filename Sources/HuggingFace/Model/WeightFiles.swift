import Foundation
import Recipe
import Text
import Transformer

/// The safetensors files of a model folder: one, or shards.
struct WeightFiles {
  let folder: URL
  let files: [SafetensorsFile]
  private let owners: [String: Int]

  init(folder: URL) throws {
    self.folder = folder
    let single = folder.appendingPathComponent("model.safetensors").path
    let index = folder.appendingPathComponent("model.safetensors.index.json").path
    if InputFile.exists(single) {
      (files, owners) = try Self.open([single])
    } else if InputFile.exists(index) {
      (files, owners) = try Self.shards(index: index, folder: folder)
    } else if let shards = try Self.numberedShards(folder) {
      (files, owners) = try Self.open(shards)
    } else {
      throw ModelFolderError.missing(folder.path, ForeignModel.weightsProblem(folder))
    }
  }

  /// Files that hold the weights, in a fixed order.
  var paths: [String] { files.map(\.path) }

  var names: [String] { owners.keys.sorted() }

  func file(of name: String) -> SafetensorsFile? { owners[name].map { files[$0] } }

  func info(_ name: String) -> SafetensorsInfo? { file(of: name)?.info(name) }

  private static func open(_ paths: [String]) throws -> ([SafetensorsFile], [String: Int]) {
    let files = try paths.map { try SafetensorsFile(path: $0) }
    var owners: [String: Int] = [:]
    for (position, file) in files.enumerated() {
      for name in file.names {
        guard owners.updateValue(position, forKey: name) == nil else {
          throw SafetensorsError.tensor(file.path, name, "is in another shard, too; save the model again")
        }
      }
    }
    return (files, owners)
  }

  /// `model-00001-of-00003.safetensors` and its like, where the index is missing: their names say how many there are.
  private static func numberedShards(_ folder: URL) throws -> [String]? {
    let names = HubFolder.names(in: folder).filter { name in
      guard name.hasPrefix("model-"), name.hasSuffix(".safetensors") else { return false }
      let parts = name.dropFirst("model-".count).dropLast(".safetensors".count).split(separator: "-")
      return parts.count == 3 && Int(parts[0]) != nil && parts[1] == "of" && Int(parts[2]) != nil
    }
    guard let last = names.last, let total = Int(last.dropLast(".safetensors".count).suffix { $0.isNumber }) else {
      return nil
    }
    guard names.count == total else {
      throw ModelFolderError.missing(
        folder.path, "has \(names.count) of \(total) shards (\(HubFolder.listed(names))); download the others")
    }
    return names.map { folder.appendingPathComponent($0).path }
  }

  private static func shards(index path: String, folder: URL) throws -> ([SafetensorsFile], [String: Int]) {
    let document: JSONValue
    let bytes = try InputFile.whole(path)
    do {
      document = try JSONParser.parse(bytes)
    } catch {
      throw ModelFolderError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
    guard let map = document.object?["weight_map"]?.object else {
      throw ModelFolderError.data(path, "has no weight_map from tensor names to files")
    }
    var shardNames: Set<String> = []
    for member in map.members {
      guard let name = member.value.string else {
        throw ModelFolderError.data(path, "weight_map gives \(member.value.kind) for \(member.key), not a file's name")
      }
      // A bare file name: nothing outside the folder is ever opened.
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != "..", name != ".",
        name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
      else {
        throw ModelFolderError.data(
          path, "weight_map names the file \(OneLine.name(name)), which is not in this folder")
      }
      shardNames.insert(name)
    }
    let ordered = shardNames.sorted()
    let missing = ordered.filter { !InputFile.exists(folder.appendingPathComponent($0).path) }
    guard missing.isEmpty else {
      throw ModelFolderError.missing(
        folder.path,
        "lacks \(missing.count) of the \(ordered.count) shards that its index names: \(HubFolder.listed(missing)); download them"
      )
    }
    let files = try ordered.map { try SafetensorsFile(path: folder.appendingPathComponent($0).path) }
    let positions = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    var owners: [String: Int] = [:]
    for member in map.members {
      guard let shard = member.value.string, let position = positions[shard] else { continue }
      guard files[position].info(member.key) != nil else {
        throw ModelFolderError.data(path, "tensor \(OneLine.name(member.key)) is not in \(shard)")
      }
      owners[member.key] = position
    }
    for (position, file) in files.enumerated() {
      for name in file.names where owners[name] == nil { owners[name] = position }
    }
    return (files, owners)
  }
}

extension Substring {
  fileprivate func suffix(_ isPart: (Character) -> Bool) -> Substring {
    self[(lastIndex { !isPart($0) }.map { index(after: $0) } ?? startIndex)...]
  }
}

/// The names that transformers' `…ForCausalLM` classes give to a model's parameters.
struct WeightNames {
  let configuration: ModelConfiguration
  /// Checkpoints of a base class without the language-model head (`GPT2Model`, `LlamaModel`) lack the first part of every name.
  var isHeadless = false

  static let output = "lm_head.weight"

  private var isGPT2: Bool { configuration.names == .gpt2 }
  private var isLFM2: Bool { configuration.names == .lfm2 }

  /// `model.`, `transformer.` or `model.text_model.`
  private var prefix: String { isHeadless ? "" : configuration.names.prefix }

  var embedding: String { prefix + (isGPT2 ? "wte.weight" : "embed_tokens.weight") }
  var positionEmbedding: String { prefix + "wpe.weight" }
  var finalNorm: String { prefix + (isGPT2 ? "ln_f.weight" : isLFM2 ? "embedding_norm.weight" : "norm.weight") }
  var finalNormBias: String { prefix + (isGPT2 ? "ln_f.bias" : "norm.bias") }

  /// What stands before a layer's number.
  var blocks: String { "\(prefix)\(isGPT2 ? "h" : "layers")" }

  private func block(_ layer: Int) -> String { "\(blocks).\(layer)." }

  func inputNorm(_ layer: Int, _ part: String = "weight") -> String {
    block(layer) + (isGPT2 ? "ln_1." : isLFM2 ? "operator_norm." : "input_layernorm.") + part
  }

  /// Before the feed-forward layer. Where outputs are normalised too, Llama's name stands for the attention's.
  func postAttentionNorm(_ layer: Int, _ part: String = "weight") -> String {
    let llama = configuration.block.normalizesOutputs ? "pre_feedforward_layernorm." : "post_attention_layernorm."
    return block(layer) + (isGPT2 ? "ln_2." : isLFM2 ? "ffn_norm." : llama) + part
  }

  func attentionOutputNorm(_ layer: Int) -> String { block(layer) + "post_attention_layernorm.weight" }
  func feedForwardOutputNorm(_ layer: Int) -> String { block(layer) + "post_feedforward_layernorm.weight" }
  func queryNorm(_ layer: Int) -> String {
    block(layer) + "self_attn." + (isHunyuan ? "query_layernorm" : isLFM2 ? "q_layernorm" : "q_norm") + ".weight"
  }
  func keyNorm(_ layer: Int) -> String {
    block(layer) + "self_attn." + (isHunyuan ? "key_layernorm" : isLFM2 ? "k_layernorm" : "k_norm") + ".weight"
  }

  /// `[hidden, 1, width]`
  func convolution(_ layer: Int) -> String { block(layer) + "conv.conv.weight" }

  /// `[channels, 1, width]`, and what else linear attention has beside its projections.
  func linearConvolution(_ layer: Int) -> String { block(layer) + "linear_attn.conv1d.weight" }
  func linearDecay(_ layer: Int) -> String { block(layer) + "linear_attn.A_log" }
  func linearTimeBias(_ layer: Int) -> String { block(layer) + "linear_attn.dt_bias" }
  func linearNorm(_ layer: Int) -> String { block(layer) + "linear_attn.norm.weight" }

  /// What Qwen 3.5 has for pictures and for drafting several tokens, of which text needs neither.
  func isLeftOut(_ name: String) -> Bool {
    configuration.block.linearAttention != nil
      && ["model.visual.", "visual.", "mtp."].contains { name.hasPrefix($0) }
  }

  /// Hunyuan alone normalises what is turned, and calls its norms otherwise.
  private var isHunyuan: Bool { configuration.block.headNorm == .turnedHead }

  /// A norm that every block of the model has, by which its blocks are counted.
  func landmark(_ layer: Int) -> String {
    configuration.block.normalizesInputs ? inputNorm(layer) : attentionOutputNorm(layer)
  }

  func linear(_ layer: Int, _ module: LinearModule, _ part: String = "weight") -> String {
    "\(block(layer))\(configuration.names.name(of: module)).\(part)"
  }

  /// GPT-2's linear layers are stored `[in, out]` (transformers' `Conv1D`).
  var linearsAreTransposed: Bool { isGPT2 }

  /// Of everything that the tower and the connector have.
  private var vision: Set<String> {
    guard let tower = configuration.vision?.tower else { return [] }
    var names: Set<String> = [
      VisionNames.patchEmbedding, VisionNames.patchBias, VisionNames.positionEmbedding, VisionNames.postNorm,
      VisionNames.postNormBias, VisionNames.connector,
    ]
    for layer in 0..<tower.layers {
      for part in ["weight", "bias"] {
        names.formUnion([
          "\(VisionNames.inputNorm(layer)).\(part)", "\(VisionNames.postAttentionNorm(layer)).\(part)",
        ])
        for module in tower.modules { names.insert(Self.visionLinear(layer, module, part)) }
      }
    }
    return names
  }

  /// A linear layer of the tower.
  static func visionLinear(_ layer: Int, _ module: LinearModule, _ part: String = "weight") -> String {
    "\(ModuleNames.siglip.name(of: ModulePath(layer: layer, module: module))).\(part)"
  }

  /// Of everything that the model has.
  var all: Set<String> {
    var names: Set<String> = [embedding, finalNorm]
    if !configuration.tieWordEmbeddings { names.insert(Self.output) }
    if configuration.learnsPositions { names.insert(positionEmbedding) }
    let description = configuration.block
    if description.norm == .layer { names.insert(finalNormBias) }
    for layer in 0..<configuration.layers {
      if description.normalizesInputs { names.formUnion([inputNorm(layer), postAttentionNorm(layer)]) }
      if description.norm == .layer { names.formUnion([inputNorm(layer, "bias"), postAttentionNorm(layer, "bias")]) }
      if description.normalizesOutputs {
        names.formUnion([attentionOutputNorm(layer), feedForwardOutputNorm(layer)])
      }
      if configuration.convolves(layer) {
        names.insert(convolution(layer))
      } else if configuration.recurs(layer) {
        names.formUnion([
          linearConvolution(layer), linearDecay(layer), linearTimeBias(layer), linearNorm(layer),
        ])
      } else if description.normalizesQueriesAndKeys {
        names.formUnion([queryNorm(layer), keyNorm(layer)])
      }
      for module in configuration.modules(of: layer) {
        names.insert(linear(layer, module))
        if description.biases.contains(module) { names.insert(linear(layer, module, "bias")) }
      }
    }
    return names.union(vision)
  }
}
