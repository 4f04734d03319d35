import Recipe
import Transformer

/// Turns adapters of fused modules into adapters of their parts and back.
///
/// Fused to parts is exact: A is copied, the rows of B are dealt out. Parts to fused is exact too, but B becomes
/// block-diagonal and the rank the sum of the parts': "qkv at rank 8" means other parameters in the two forms.
struct AdapterConversion {
  struct Converted {
    let path: ModulePath
    let rank: Int
    let alpha: Float
    let source: PEFTSource
  }

  let configuration: ModelConfiguration
  let useRSLoRA: Bool

  /// - Parameter foreign: modules that the model does not have in this form.
  func convert(_ foreign: [PEFTModule]) -> [Converted] {
    var result: [Converted] = []
    for module in foreign where module.path.module.parts.count > 1 {
      for (part, rows) in rows(of: module.path.module) where configuration.modules.contains(part) {
        result.append(
          Converted(
            path: ModulePath(layer: module.path.layer, module: part), rank: module.rank, alpha: module.alpha,
            source: .part(of: module, rows: rows)))
      }
    }
    let wholes = configuration.modules.filter { $0.parts.count > 1 }
    for layer in Set(foreign.map(\.path.layer)).sorted() {
      for whole in wholes {
        if let module = fused(whole, from: foreign.filter { $0.path.layer == layer }, layer: layer) {
          result.append(module)
        }
      }
    }
    return result
  }

  private func fused(_ whole: LinearModule, from modules: [PEFTModule], layer: Int) -> Converted? {
    let parts = modules.filter { whole.parts.contains($0.path.module) }
    guard let first = parts.first else { return nil }
    let rank = parts.reduce(0) { $0 + $1.rank }
    let scaling = scaling(alpha: first.alpha, rank: first.rank)
    let ranges = rows(of: whole)
    return Converted(
      path: ModulePath(layer: layer, module: whole), rank: rank,
      alpha: scaling * (useRSLoRA ? Float(rank).squareRoot() : Float(rank)),
      source: .parts(
        parts.map { part in
          (
            part, self.scaling(alpha: part.alpha, rank: part.rank) / scaling,
            ranges.first { $0.module == part.path.module }?.rows ?? 0..<0
          )
        }))
  }

  private func scaling(alpha: Float, rank: Int) -> Float {
    alpha / (useRSLoRA ? Float(rank).squareRoot() : Float(rank))
  }

  /// The parts of a fused module and their rows in it.
  private func rows(of whole: LinearModule) -> [(module: LinearModule, rows: Range<Int>)] {
    var start = 0
    return whole.parts.map { part in
      let count = part.shape(in: configuration).rows
      defer { start += count }
      return (part, start..<(start + count))
    }
  }

  /// What was done, a line each.
  func notes(_ foreign: [PEFTModule]) -> [String] {
    let modules = Set(foreign.map(\.path.module))
    var lines: [String] = []
    for whole in [LinearModule.qkvProj, .gateUpProj] {
      let parts = whole.parts.map(\.rawValue).joined(separator: ", ")
      if modules.contains(whole) {
        lines.append(
          "the adapter's \(whole.rawValue) is read as \(parts): A is copied, the rows of B are dealt out, the sum is the same"
        )
      } else if !modules.isDisjoint(with: whole.parts), configuration.modules.contains(whole) {
        lines.append(
          "the adapter's \(parts) are read as \(whole.rawValue) with a block-diagonal B of the sum of their ranks")
      }
    }
    return lines
  }
}

/// Where in an adapter's files the values of one module of the model come from.
enum PEFTSource {
  /// The module's own tensors.
  case own(PEFTModule)
  /// Rows of a fused module's B (and magnitudes), with all of its A: exact.
  case part(of: PEFTModule, rows: Range<Int>)
  /// Several modules one under the other, with a block-diagonal B: exact, of the sum of their ranks. The factor brings each
  /// part's scaling to the whole's.
  case parts([(module: PEFTModule, factor: Float, rows: Range<Int>)])
}

/// A module as an adapter's configuration has it.
struct PEFTModule {
  let path: ModulePath
  /// In the base model, such as `model.layers.3.self_attn.q_proj`.
  let name: String
  let rank: Int
  let alpha: Float
}
