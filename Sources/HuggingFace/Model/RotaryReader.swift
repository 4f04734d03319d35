import Foundation
import Recipe
import Text
import Transformer

/// Reads rotary position embeddings as transformers 4 (`rope_theta`, `rope_scaling`) and 5 (`rope_parameters`) write them.
struct RotaryReader {
  let fields: ConfigurationFields
  let headSize: Int
  let maxPositions: Int
  /// Where `config.json` has no theta.
  let theta: Double
  /// Where it does not say which part of a head is turned.
  var portion = 1.0
  /// Part of a head may be turned and not the whole; elsewhere transformers ignores the field or fails.
  var allowsPartial = false
  /// Pictures' rows and columns turn some of the frequencies, which for text are positions like the others (Qwen 3.5).
  var allowsSections = false
  var allowsLongRoPE = false
  /// `dynamic` with an `alpha` is a greater theta and nothing more (Hunyuan).
  var allowsAlpha = false
  /// Queries far beyond the original length are scaled (Ministral 3); nearer ones are not.
  var allowsQueryScale = false

  private static let originalName = "original_max_position_embeddings"

  struct Result: Equatable {
    var rotary: RotaryDescription
    /// Longer sequences would need other frequencies.
    var longest: Int?
    /// What a person should know of the fields, a line each.
    var notices: [String] = []
  }

  /// The one kind that all layers use.
  func rotary() throws(ModelFolderError) -> Result {
    let scaling = try fields.fields("rope_scaling")
    let parameters = try fields.fields("rope_parameters")
    let theta = try fields.number("rope_theta", default: theta)
    let result = try read(scaling ?? parameters, theta: theta)
    if let scaling, let parameters { try checkAgreement(result, scaling, try read(parameters, theta: theta)) }
    return result
  }

  /// transformers, 4 as well as 5, takes `rope_scaling` and nothing of the `rope_parameters` beside it, the theta among them: what
  /// nobody means who wrote both.
  private func checkAgreement(
    _ result: Result, _ scaling: ConfigurationFields, _ other: Result
  ) throws(ModelFolderError) {
    guard (result.rotary, result.longest) != (other.rotary, other.longest) else { return }
    throw .data(
      fields.path,
      "\(fields.prefix)rope_scaling and rope_parameters contradict each other (theta \(result.rotary.theta) and \(other.rotary.theta)): "
        + "transformers takes rope_scaling alone; keep the one that the model was trained with, and delete the other")
  }

  /// Gemma 3's two: of the layers that see everything, and of those with a window.
  func fullAndSliding(slidingTheta: Double) throws(ModelFolderError) -> (full: Result, sliding: Result) {
    let all = try fields.fields("rope_parameters")
    let scaling = try fields.fields("rope_scaling")
    let full = try all?.fields("full_attention")
    let nested = all.map { $0.object.value("full_attention") != nil || $0.object.value("sliding_attention") != nil }
    if let all, nested == false, let first = all.object.members.first {
      throw all.refused(first.key, first.value)
    }
    if let scaling, full == nil { try checkTypeIsSeen(scaling) }
    let theta = try fields.number("rope_theta", default: theta)
    let whole = try read(scaling ?? full, theta: theta, isNested: true)
    if let scaling, let full { try checkAgreement(whole, scaling, try read(full, theta: theta, isNested: true)) }
    return (
      whole,
      try read(
        try all?.fields("sliding_attention"), theta: try fields.number("rope_local_base_freq", default: slidingTheta),
        isNested: true)
    )
  }

  /// transformers 5 puts `rope_scaling` over a kind that has `rope_type` default already, so that an older `type` alone scales nothing
  /// there, where transformers 4 scales.
  private func checkTypeIsSeen(_ scaling: ConfigurationFields) throws(ModelFolderError) {
    guard scaling.object.value("rope_type") == nil, let type = scaling.object.value("type"), type.string != "default"
    else { return }
    throw .data(
      fields.path,
      "\(scaling.prefix)type \(OneLine.name(JSONWriter.text(type, indent: nil))) stands there without rope_type: transformers 4 scales by it and "
        + "transformers 5 does not; write rope_type in its place, or delete \(scaling.prefix.dropLast())")
  }

  /// - Parameters:
  ///   - parameters: nil for the plain kind.
  ///   - theta: of the fields outside of `parameters`.
  ///   - isNested: each type of layer has parameters of its own.
  private func read(
    _ parameters: ConfigurationFields?, theta: Double, isNested: Bool = false
  ) throws(ModelFolderError) -> Result {
    var portion = try fields.number("partial_rotary_factor", default: portion)
    guard theta > 0 else { throw fields.wrong("rope_theta", .number(theta), "a positive number") }
    guard let parameters else {
      return Result(rotary: RotaryDescription(theta: theta, dimensions: try dimensions(portion, fields)))
    }
    var theta = try parameters.number("rope_theta", default: theta)
    guard theta > 0 else { throw parameters.wrong("rope_theta", .number(theta), "a positive number") }
    portion = try parameters.number("partial_rotary_factor", default: portion)
    let size = try dimensions(portion, parameters)
    let typeField = parameters.object.value("rope_type") == nil ? "type" : "rope_type"
    let type = parameters.object.value(typeField) ?? .string("default")
    var known: Set<String> = ["rope_theta", "partial_rotary_factor", "rope_type", "type"]
    if allowsSections { known.formUnion(["mrope_section", "mrope_interleaved"]) }
    var longest: Int?
    var notices: [String] = []
    // The length before scaling: a field outside of the parameters wins over theirs, unless each type of layer has its own.
    var outside: Int?
    if !isNested, ["llama3", "yarn", "longrope", "su"].contains(type.string) {
      outside = try fields.sizeIfPresent(Self.originalName)
    }
    let scaling: RotaryDescription.Scaling
    switch type.string {
    case "default": scaling = .none
    case "linear":
      known.insert("factor")
      scaling = .linear(factor: try parameters.number("factor"))
    case "llama3":
      known.formUnion(["factor", "low_freq_factor", "high_freq_factor", Self.originalName])
      let inside = try parameters.number(Self.originalName, default: Double(maxPositions))
      scaling = .llama3(
        factor: try parameters.number("factor"), lowFrequencyFactor: try parameters.number("low_freq_factor"),
        highFrequencyFactor: try parameters.number("high_freq_factor"),
        originalPositions: outside.map { Double($0) } ?? inside)
      notices += outsideNotice(outside, parameters)
    // Phi-3's first versions say `su` or `yarn` for it.
    case "longrope" where allowsLongRoPE, "su" where allowsLongRoPE, "yarn" where allowsLongRoPE:
      known.formUnion([
        "factor", "attention_factor", "short_factor", "long_factor", Self.originalName,
      ])
      // Phi-3's configuration class has the field outside of the parameters, whatever they say.
      let original = outside ?? 4096
      longest = original
      notices += outsideNotice(original, parameters)
      scaling = try longRoPE(parameters, original: original, pairs: (size ?? headSize) / 2)
    case "yarn":
      known.formUnion(YaRNReader.fields)
      let reader = YaRNReader(
        parameters: parameters, maxPositions: maxPositions, originalOutside: outside, isNested: isNested)
      if try reader.ignoresTruncate() { known.remove("truncate") }
      scaling = try reader.scaling()
      notices += outsideNotice(outside, parameters)
    case "dynamic" where allowsAlpha && parameters.object.value("alpha") != nil:
      known.formUnion(["alpha", "factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim"])
      let alpha = try parameters.number("alpha")
      guard alpha > 0, headSize > 2 else { throw parameters.wrong("alpha", .number(alpha), "a positive number") }
      theta *= pow(alpha, Double(headSize) / Double(headSize - 2))
      scaling = .none
    // Phi-3's configuration class refuses it.
    case "dynamic" where !allowsLongRoPE:
      known.insert("factor")
      _ = try parameters.number("factor")
      // Frequencies change with the length of a text, and beyond the model's positions alone, where none is read.
      scaling = .none
      notices.append(
        "\(fields.path): \(parameters.prefix)\(typeField) dynamic is read up to the model's \(maxPositions) positions, where it changes "
          + "nothing")
    default: throw parameters.refused(typeField, type)
    }
    if allowsQueryScale {
      known.formUnion(["llama_4_scaling_beta", "max_position_embeddings", Self.originalName])
      if try parameters.numberIfPresent("llama_4_scaling_beta") ?? 0 != 0 {
        if let outside {
          longest = outside
        } else {
          longest = try parameters.size(Self.originalName)
        }
      }
    }
    // transformers, too, takes a type's own fields alone, and warns of the others.
    let unused = parameters.object.members.filter { !known.contains($0.key) && !$0.value.isNull }
    if !unused.isEmpty {
      notices.append(
        "\(fields.path): \(parameters.prefix.dropLast()) has \(HubFolder.listed(unused.map(\.key))), which the type "
          + "\(type.string ?? "default") does not use, here as in transformers")
    }
    return Result(
      rotary: RotaryDescription(theta: theta, dimensions: size, scaling: scaling), longest: longest, notices: notices)
  }

  private func dimensions(_ portion: Double, _ fields: ConfigurationFields) throws(ModelFolderError) -> Int? {
    if portion == 1 { return nil }
    guard allowsPartial, portion > 0, portion < 1 else {
      throw fields.refused("partial_rotary_factor", .number(portion))
    }
    return Int(Double(headSize) * portion)
  }

  /// A line where the parameters give another length before scaling than the field outside of them, which counts.
  private func outsideNotice(_ outside: Int?, _ parameters: ConfigurationFields) -> [String] {
    guard let outside, let inside = parameters.object.value(Self.originalName), inside.double != Double(outside) else {
      return []
    }
    let text = OneLine.name(JSONWriter.text(inside, indent: nil))
    return [
      "\(fields.path): \(parameters.prefix)\(Self.originalName) \(text) stands beside \(outside) outside of it: the latter is taken, as "
        + "transformers 5 does"
    ]
  }

  /// The divisors for sequences up to the original length; `Result.longest` keeps longer ones away.
  private func longRoPE(
    _ parameters: ConfigurationFields, original: Int, pairs: Int
  ) throws(ModelFolderError) -> RotaryDescription.Scaling {
    guard let divisors = try parameters.list("short_factor", count: pairs, \.double) else {
      throw .data(fields.path, "has no \(parameters.prefix)short_factor")
    }
    let factor = try parameters.number("factor", default: Double(maxPositions) / Double(original))
    let standard = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
    let attentionFactor = try parameters.number("attention_factor", default: standard)
    return .longRoPE(divisors: divisors, attentionFactor: attentionFactor)
  }
}
