/// What the settings are in one module group.
extension RunSettings {
  /// - Parameter group: nil for what is in no group: a vision tower.
  public func rank(of group: TargetGroup?) -> Int { group.flatMap { rankByGroup[$0] } ?? rank }

  /// One that is set is common to all groups; otherwise it is twice each group's own rank.
  public func resolvedAlpha(of group: TargetGroup?) -> Double { alpha ?? Double(2 * rank(of: group)) }

  /// Of A, and of B before the ratio.
  public func learningRate(of group: TargetGroup?) -> Double {
    group.flatMap { learningRateByGroup[$0] } ?? learningRate
  }

  public func learningRateRatio(of group: TargetGroup?) -> Double {
    group.flatMap { learningRateRatioByGroup[$0] } ?? learningRateRatio
  }

  /// `8`, or from the smallest to the largest where the module groups of these targets have several: `4-16`.
  package func rankText(of targets: Targets) -> String {
    let (least, most) = ends(of: targets) { Double(rank(of: $0)) }
    return least < most ? "\(Int(least))-\(Int(most))" : "\(Int(least))"
  }

  /// The same of alpha, which follows each group's own rank where it is not set: `16-32`.
  package func alphaText(of targets: Targets, _ text: (Double) -> String) -> String {
    let (least, most) = ends(of: targets, resolvedAlpha(of:))
    return least < most ? "\(text(least))-\(text(most))" : text(least)
  }

  /// The smallest and the largest among the groups that are there; a vision tower has the common value.
  private func ends(of targets: Targets, _ value: (TargetGroup?) -> Double) -> (least: Double, most: Double) {
    var groups: [TargetGroup?] = TargetGroup.allCases.filter { !targets.isDisjoint(with: $0.set) }
    if groups.isEmpty || !targets.isDisjoint(with: .vision) { groups.append(nil) }
    let values = groups.map(value)
    return (values.min() ?? value(nil), values.max() ?? value(nil))
  }

  /// Whether some group has a value of its own.
  package var hasGroupValues: Bool {
    !(rankByGroup.isEmpty && learningRateByGroup.isEmpty && learningRateRatioByGroup.isEmpty && rankSplit.isEmpty)
  }

  /// The settings that mean the same for these targets in the fewest values: without those of groups that are not there or that say
  /// what is common, and with one value where all groups that are there have it. Runs are the same run where these are equal.
  package func narrowed(to targets: Targets) -> RunSettings {
    guard hasGroupValues, !targets.isEmpty else { return self }
    let present = TargetGroup.allCases.filter { !targets.isDisjoint(with: $0.set) }
    let hasTower = !targets.isDisjoint(with: .vision)
    func narrow<Value>(_ common: Value, _ byGroup: ByGroup<Value>) -> (Value, ByGroup<Value>) {
      let values = Set(present.map { byGroup[$0] ?? common })
      if let only = values.first, values.count == 1, !hasTower { return (only, ByGroup()) }
      return (common, byGroup.filter { present.contains($0) && $1 != common })
    }
    var own = self
    (own.rank, own.rankByGroup) = narrow(rank, rankByGroup)
    (own.learningRate, own.learningRateByGroup) = narrow(learningRate, learningRateByGroup)
    (own.learningRateRatio, own.learningRateRatioByGroup) = narrow(learningRateRatio, learningRateRatioByGroup)
    own.rankSplit = narrow(1, rankSplit).1
    return own
  }

  /// Refuses a value for a group that is not trained, which would do nothing.
  /// - Parameter sets: the targets of the one run, or of all of a study.
  package func checkGroups(among sets: [Targets]) throws(Refusal) {
    func check<Value>(_ name: String, _ byGroup: ByGroup<Value>) throws(Refusal) {
      for entry in byGroup.entries where sets.allSatisfy({ $0.isDisjoint(with: entry.group.set) }) {
        let group = entry.group.rawValue
        let place =
          sets.count == 1 ? "among the targets \(sets[0].label)" : "in any of the combinations"
        throw Refusal(
          "\(name) \(group)=\(ByGroup.text(entry.value)): \(group) is not \(place); leave it out, or add \(group)",
          exitStatus: 64)
      }
    }
    try check("rank", rankByGroup)
    try check("lr", learningRateByGroup)
    try check("lr-ratio", learningRateRatioByGroup)
  }
}
