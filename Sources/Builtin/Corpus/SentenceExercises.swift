import Recipe
import Training

/// Copying whole sentences: a speaker's, by the name before it, or the one that holds a word.
public struct SentenceExercises: Sendable {
  let world: World

  public init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let count = generator.between(2, 3 + Int(level * 2))
    let names = generator.sample(count, from: world.surnames)
    let goods = generator.sample(count, from: world.goods)
    let sentences = goods.map { sentence(on: $0, &generator) }
    var passage = Passage()
    passage.given(zip(names, sentences).map { "\($0): \($1)\n" }.joined())
    for _ in 0..<generator.between(1, 2) {
      let index = generator.below(count)
      passage.given(
        generator.chance(0.5)
          ? generator.pick(["Repeat what was said by", "Write down the words of"]) + " \(names[index]):"
          : generator.pick(["Copy the sentence with", "Which sentence names"]) + " \(goods[index]):")
      passage.learn(" \(sentences[index])\n")
    }
    return passage
  }

  private func sentence(on good: String, _ generator: inout SplitMix64) -> String {
    let town = generator.pick(world.towns)
    let place = generator.pick(["port", "mill", "farm", "bank", "school", "mine"])
    let count = generator.between(2, 99)
    let verb = generator.pick(["needs", "owes", "keeps", "wants", "makes", "sells"])
    return generator.pick([
      "The \(place) in \(town) \(verb) \(count) tons of \(good).", "In \(town) the \(place) \(verb) no \(good).",
      "I saw \(count) tons of \(good) near \(town).",
      "We in \(town) ask for \(good) and for \(generator.pick(world.topics)).",
    ])
  }
}
