import Recipe
import Training

/// Reports, which are read only, and questions for what was found in a section and for what was merely claimed.
public struct ReportPassages: Sendable {
  let world: World

  public init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let report = Report(
      world: world, towns: world.towns[...], sections: generator.between(1, 1 + Int(level * 2)),
      fillers: 1 + Int(level * 2), &generator)
    var passage = Passage()
    passage.given(report.text)
    for section in generator.sample(generator.between(1, 3), from: report.sections) {
      if let claim = section.claim, generator.chance(0.3) {
        passage.given("Question: What do others say of \(section.topic)?\nAnswer:")
        passage.learn(" \(claim.clause)\n")
      } else {
        passage.given(
          generator.pick(["Question: What was found on \(section.topic)?\nAnswer:", "The finding on \(section.topic):"])
        )
        passage.learn(" \(section.finding.clause)\n")
      }
    }
    return passage
  }
}
