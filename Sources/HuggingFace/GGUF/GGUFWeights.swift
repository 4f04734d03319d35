import Kernels
import Recipe
import Text
import Transformer

/// A GGUF file's tensors under the names, in the order of rows and with the values that transformers has.
struct GGUFWeights: WeightSource {
  let file: GGUFFile
  let configuration: ModelConfiguration
  let architecture: GGUFArchitecture
  /// What is quantised becomes FP32, not BF16.
  let exact: Bool
  /// The file's name of each weight.
  private let owners: [String: String]
  /// Of rows that the file has in another order: how many heads they are.
  private let heads: [String: Int]

  /// Names of the linear layers within a block.
  static let linears: [LinearModule: String] = [
    .qProj: "attn_q", .kProj: "attn_k", .vProj: "attn_v", .oProj: "attn_output", .gateProj: "ffn_gate",
    .upProj: "ffn_up", .downProj: "ffn_down", .convInProj: "shortconv.in_proj", .convOutProj: "shortconv.out_proj",
  ]

  /// Divisors of the rotary frequencies, which `GGUFConfiguration` reads.
  static let frequencies = "rope_freqs.weight"

  init(file: GGUFFile, configuration: ModelConfiguration, architecture: GGUFArchitecture, exact: Bool = false) {
    self.file = file
    self.configuration = configuration
    self.architecture = architecture
    self.exact = exact
    let names = WeightNames(configuration: configuration)
    var owners = [
      names.embedding: "token_embd.weight", names.finalNorm: architecture.finalNorm,
      WeightNames.output: "output.weight",
    ]
    var heads: [String: Int] = [:]
    for layer in 0..<configuration.layers {
      let block = "blk.\(layer)."
      owners[names.inputNorm(layer)] = block + "attn_norm.weight"
      owners[names.postAttentionNorm(layer)] = block + "ffn_norm.weight"
      if configuration.block.normalizesOutputs {
        owners[names.attentionOutputNorm(layer)] = block + "post_attention_norm.weight"
        owners[names.feedForwardOutputNorm(layer)] = block + "post_ffw_norm.weight"
      }
      if configuration.block.normalizesQueriesAndKeys {
        owners[names.queryNorm(layer)] = block + "attn_q_norm.weight"
        owners[names.keyNorm(layer)] = block + "attn_k_norm.weight"
      }
      if configuration.convolves(layer) {
        owners[names.convolution(layer)] = block + "shortconv.conv.weight"
      }
      for (module, name) in Self.linears {
        for part in ["weight", "bias"] {
          owners[names.linear(layer, module, part)] = "\(block)\(name).\(part)"
          heads[names.linear(layer, module, part)] = architecture.interleavedHeads(module, in: configuration)
        }
      }
    }
    self.owners = owners
    self.heads = heads
  }

  var place: String { file.path }

  var names: [String] {
    let known = Dictionary(owners.map { ($1, $0) }) { one, _ in one }
    let isRead: Set<String> = architecture == .llama ? [Self.frequencies] : []
    return file.tensors.map(\.name).filter { !isRead.contains($0) }.map { known[$0] ?? $0 }.sorted()
  }

  private func own(_ name: String) -> String { owners[name] ?? name }

  func has(_ name: String) -> Bool { file.tensor(own(name)) != nil }

  func extent(of name: String) -> (elements: Int, element: WeightElement)? {
    file.tensor(own(name)).map { tensor in
      let element = tensor.shape.count > 1 ? GGUFFile.element(of: tensor.type, exact: exact) : .float32
      return (tensor.elementCount, element)
    }
  }

  /// `GGUFModel` says what was rounded.
  func notices(of weights: Set<String>) -> [String] { [] }

  func problem(with name: String) -> (any Error)? { file.tensor(own(name)).flatMap { file.problem(with: $0) } }

  private func place(_ name: String, rows: Int) -> (Int) -> Int {
    GGUFArchitecture.place(rows: rows, heads: heads[name])
  }

  func matrix(_ name: String, rows: Int, columns: Int, transposed: Bool, shape: [Int]?) throws -> WeightMatrix {
    try file.matrix(own(name), rows: rows, columns: columns, row: place(name, rows: rows), exact: exact)
  }

  func vector(_ name: String, count: Int) throws -> FloatBuffer {
    let values = try file.vector(own(name), count: count)
    if heads[name] != nil {
      let place = place(name, rows: count)
      return FloatBuffer((0..<count).map { values[place($0)] })
    }
    return FloatBuffer(architecture.norms == 0 ? values : values.map { $0 - architecture.norms })
  }

  /// Never asked: the configuration ties what the file has no head for.
  func holds(_ matrix: WeightMatrix, as name: String) throws -> Bool { false }

  func missing(_ name: String) -> any Error { error(name, "is missing; is the file whole?") }

  func stranger(_ name: String, in modelType: String) -> any Error {
    error(
      name, "is not part of a \(architecture.rawValue) model of this metadata; the model is of another kind")
  }

  func error(_ name: String, _ reason: String) -> any Error { GGUFError.tensor(file.path, own(name), reason) }
}

extension GGUFArchitecture {
  /// Of a linear layer whose rows the file has in another order: how many heads they are.
  func interleavedHeads(_ module: LinearModule, in configuration: ModelConfiguration) -> Int? {
    guard interleavesHeads else { return nil }
    return module == .qProj ? configuration.heads : module == .kProj ? configuration.kvHeads : nil
  }

  /// Where the file has row `index` of a linear layer.
  func place(_ module: LinearModule, rows: Int, in configuration: ModelConfiguration) -> (Int) -> Int {
    Self.place(rows: rows, heads: interleavedHeads(module, in: configuration))
  }

  /// The two halves of each head that are turned together alternate in the file.
  static func place(rows: Int, heads: Int?) -> (Int) -> Int {
    guard let heads, heads > 0, rows % (2 * heads) == 0 else { return { $0 } }
    let half = rows / heads / 2
    return { index in index / (2 * half) * 2 * half + index % half * 2 + index / half % 2 }
  }
}
