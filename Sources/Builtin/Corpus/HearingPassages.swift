import Recipe
import Training

/// Hearings with questions on them. Most transcripts are read only, since their names cannot be predicted; the answers are learned.
public struct HearingPassages: Sendable {
  let world: World

  public init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let hearing = Hearing(world: world, surnames: world.surnames[...], &generator)
    var passage = Passage()
    let transcript = hearing.transcript(&generator)
    if generator.chance(0.15) { passage.learn(transcript) } else { passage.given(transcript) }
    for question in generator.sample(generator.between(4, 7), from: hearing.questions) {
      passage.given("Question: \(question.text)\nAnswer:")
      passage.learn(" \(question.answer)\n")
    }
    return passage
  }
}
