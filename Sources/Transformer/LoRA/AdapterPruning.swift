import Recipe

/// A part of a trained adapter: fewer of its layers, lower ranks, or both. What is left out is absent, so that nothing is read or multiplied
/// for it.
extension LoRASpecification {
  /// The same adapter in these places alone, at these ranks. Where a rank is the place's own, so is its alpha; elsewhere alpha keeps the
  /// scaling.
  ///
  /// - Parameter ranks: of each place that stays; of a place that goes nothing, or 0.
  public func pruned(to ranks: [ModulePath: Int]) -> LoRASpecification {
    let kept = targets.filter { ranks[$0, default: 0] > 0 }
    var result = LoRASpecification(
      targets: kept, rank: rank, alpha: alpha, useRSLoRA: useRSLoRA, dropout: dropout, useDoRA: useDoRA)
    result.promptOnly = promptOnly
    let own = kept.map { path -> (path: ModulePath, rank: Int, alpha: Float) in
      let rank = ranks[path, default: 0]
      if rank == self.rank(of: path) { return (path, rank, alpha(of: path)) }
      let count = Double(rank)
      return (path, rank, Float(Double(scaling(of: path)) * (useRSLoRA ? count.squareRoot() : count)))
    }
    result.rank = Self.common(own.map(\.rank), wished: rank)
    result.alpha = Self.common(own.map(\.alpha), wished: alpha)
    for place in own {
      if place.rank != result.rank { result.rankPattern[place.path] = place.rank }
      if place.alpha != result.alpha { result.alphaPattern[place.path] = place.alpha }
    }
    return result
  }

  /// What is said once for all: what most have, and of equals what was said before, or the largest.
  private static func common<Value: Hashable & Comparable>(_ values: [Value], wished: Value) -> Value {
    let counts = Dictionary(grouping: values, by: \.self).mapValues(\.count)
    let most = counts.values.max() ?? 0
    let often = counts.filter { $0.value == most }.keys
    return often.contains(wished) ? wished : often.max() ?? wished
  }
}

extension LoRAAdapter {
  /// These places alone, at these ranks: values are copied where the rank is the place's own, and elsewhere are the nearest product of the
  /// lower rank. DoRA's magnitudes stay as they are.
  ///
  /// - Parameter ranks: of each place that stays; of a place that goes nothing, or 0.
  /// - Throws: `AdapterError.noTargets` where nothing stays, `.rank` for one that is higher than the place's own.
  public func pruned(to ranks: [ModulePath: Int]) throws(AdapterError) -> LoRAAdapter {
    let specification = specification.pruned(to: ranks)
    try specification.validate(in: configuration)
    var kept: [LoRAModule] = []
    for module in modules {
      guard let rank = ranks[module.path], rank > 0 else { continue }
      if rank == module.rank {
        kept.append(module.copy())
        continue
      }
      guard rank < module.rank else { throw .rank(path: module.path, rank: rank, largest: module.rank) }
      let lower = LoRAModule(
        path: module.path, rank: rank, scaling: specification.scaling(of: module.path), rows: module.rows,
        columns: module.columns, hasMagnitude: module.magnitude != nil)
      LowRankProduct(module).fill(lower)
      if let magnitude = module.magnitude {
        lower.magnitude?.pointer.update(from: magnitude.pointer, count: magnitude.count)
      }
      kept.append(lower)
    }
    return LoRAAdapter(specification: specification, configuration: configuration, modules: kept)
  }
}
