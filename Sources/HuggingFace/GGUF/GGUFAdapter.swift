import Recipe
import Text
import Transformer

/// A LoRA adapter as one GGUF file, which llama.cpp takes with `--lora`: what its `convert_lora_to_gguf.py` makes of a PEFT folder.
///
/// Each module has `….weight.lora_a` `[rank, in]` and `….weight.lora_b` `[out, rank]` under the base tensor's name, and is scaled by
/// `adapter.lora.alpha` over its own rank. Of Llama's q and k the rows of B are in the order that the base's own have there.
public struct GGUFAdapter: Sendable {
  /// Of A's and B's values.
  public enum Element: String, CaseIterable, Sendable {
    case fp32, bf16, f16

    var type: GGUFType {
      switch self {
      case .fp32: .f32
      case .bf16: .bf16
      case .f16: .f16
      }
    }
  }

  let adapter: LoRAAdapter
  let architecture: GGUFArchitecture
  let element: Element
  /// One for all modules, as the format has it.
  let alpha: Float

  /// - Throws: `GGUFAdapterError` for what llama.cpp has no form for.
  public init(_ adapter: LoRAAdapter, element: Element = .fp32) throws(GGUFAdapterError) {
    architecture = try Self.architecture(of: adapter.configuration)
    if adapter.specification.useDoRA { throw .dora }
    if let seeing = adapter.modules.first(where: \.path.isVision) { throw .vision("\(seeing.path)") }
    self.adapter = adapter
    self.element = element
    alpha = adapter.modules.first.map(Self.alpha) ?? 1
    guard element == .f16 else { return }
    // A half ends at 65 504.
    for module in adapter.modules {
      let factor = factor(of: module)
      let isBeyond =
        module.a.array.contains { abs($0) > 65_504 } || module.b.array.contains { abs(factor * $0) > 65_504 }
      if isBeyond { throw .beyondHalf("\(module.path)") }
    }
  }

  /// Refuses a base before its adapter is read.
  public static func check(_ configuration: ModelConfiguration) throws(GGUFAdapterError) {
    _ = try architecture(of: configuration)
  }

  /// What a person should know of the file, a line each.
  public var notes: [String] {
    var lines: [String] = []
    if adapter.specification.promptOnly {
      lines.append(
        "the adapter was trained to act on prompts alone; llama.cpp lets an adapter act on every token, so that its texts are other ones "
          + "than those that were scored")
    }
    if adapter.modules.contains(where: { factor(of: $0) != 1 }) {
      lines.append(
        "modules have scalings of their own, and the format has one alpha: the others' differences are in their B, rounded once"
      )
    }
    return lines
  }

  public func write(to path: String, name: String) throws {
    var metadata: [(key: String, value: GGUFWriter.Value)] = [
      ("general.architecture", .text(architecture.rawValue)), ("general.type", .text("adapter")),
      ("adapter.type", .text("lora")), ("general.name", .text(name)), ("adapter.lora.alpha", .float(alpha)),
      ("general.quantization_version", .word(2)),
    ]
    if adapter.specification.promptOnly { metadata.append(("lorascope.prompt_only", .flag(true))) }
    try GGUFWriter.write(path: path, metadata: metadata, tensors: tensors)
  }

  private var tensors: [GGUFWriter.Tensor] {
    adapter.modules.flatMap { module -> [GGUFWriter.Tensor] in
      guard let linear = GGUFWeights.linears[module.path.module] else { return [] }
      let name = "blk.\(module.path.layer).\(linear).weight"
      let (type, element) = (element.type, element)
      return [
        GGUFWriter.Tensor(name: name + ".lora_a", type: type, shape: [module.rank, module.columns]) {
          Self.bytes(module.a.array, element)
        },
        GGUFWriter.Tensor(name: name + ".lora_b", type: type, shape: [module.rows, module.rank]) {
          Self.bytes(rows(of: module), element)
        },
      ]
    }
  }

  /// B in the order of the file, times what brings its scaling to the file's alpha.
  private func rows(of module: LoRAModule) -> [Float] {
    let (values, rank) = (module.b.array, module.rank)
    let factor = factor(of: module)
    let place = architecture.place(module.path.module, rows: module.rows, in: adapter.configuration)
    var result = [Float](repeating: 0, count: values.count)
    for row in 0..<module.rows {
      let target = place(row)
      for column in 0..<rank { result[target * rank + column] = factor * values[row * rank + column] }
    }
    return result
  }

  /// α/r is the scaling.
  private static func alpha(_ module: LoRAModule) -> Float { module.scaling * Float(module.rank) }

  private func factor(of module: LoRAModule) -> Float {
    let own = Self.alpha(module)
    // Products of the same number by different ranks may differ in the last bit.
    return abs(own - alpha) <= 2 * alpha.ulp ? 1 : own / alpha
  }

  private static func bytes(_ values: [Float], _ element: Element) -> [UInt8] {
    switch element {
    case .fp32: values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
    case .bf16: values.flatMap { value in withUnsafeBytes(of: HalfPrecision.bfloat16(value).littleEndian, Array.init) }
    case .f16: values.flatMap { value in withUnsafeBytes(of: HalfPrecision.float16(value).littleEndian, Array.init) }
    }
  }

  private static func architecture(of configuration: ModelConfiguration) throws(GGUFAdapterError) -> GGUFArchitecture {
    guard let family = ModelFamily(rawValue: configuration.modelType), let known = GGUFArchitecture(family),
      configuration.vision == nil, configuration.modules.allSatisfy({ GGUFWeights.linears[$0] != nil })
    else { throw .family(configuration.modelType) }
    return known
  }
}

/// Why an adapter cannot be written for llama.cpp, in one line.
public enum GGUFAdapterError: ExitStatusError, Equatable {
  case family(String)
  case dora
  case vision(String)
  case beyondHalf(String)

  public var description: String {
    switch self {
    case .family(let type):
      "adapters of \(OneLine.name(type)) are not written as GGUF, only those of \(Self.families); --peft writes a folder for "
        + "llama.cpp's convert_lora_to_gguf.py"
    case .dora:
      "a weight-decomposed adapter (DoRA) has no form in GGUF; --merged writes the base with it, for llama.cpp's converter"
    case .vision(let path): "\(path): llama.cpp takes no adapter of a vision tower; --merged writes the base with it"
    case .beyondHalf(let path): "\(path) has values beyond 65504, which F16 does not hold; take --dtype bf16 or fp32"
    }
  }

  private static var families: String {
    ModelFamily.allCases.filter { GGUFArchitecture($0) != nil }.map(\.rawValue).joined(separator: ", ")
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
