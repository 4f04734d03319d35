import Recipe
import Training

/// Pictures of coloured shapes with questions on what is where, and counting on listings in words alone.
public struct ScenePassages: Sendable {
  public init() {}

  /// A picture; `level` 0…1 sets how many objects it shows.
  package func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let scene = Scene(objects: generator.between(1, 2 + Int(level * 4)), &generator)
    var passage = Passage()
    passage.show(scene.draw(&generator))
    passage.given("\n")
    if generator.chance(0.6) {
      passage.given(generator.pick(["There is", "The picture shows", "I see"]))
      passage.learn(" \(scene.listing).\n")
    }
    for _ in 0..<generator.between(3, 6) { passage.append(Self.question(scene, &generator)) }
    return passage
  }

  private static func question(_ scene: Scene, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    let object = generator.pick(scene.objects)
    switch generator.below(6) {
    case 0, 1:
      let place = generator.below(Scene.places.count)
      let answer = scene.objects.first { $0.place == place }?.name ?? "nothing"
      passage.given(
        generator.chance(0.5) ? "Question: What is \(Scene.places[place])?\nAnswer:" : "See \(Scene.places[place]):")
      passage.learn(" \(answer)\n")
    case 2, 3:
      passage.given(
        generator.chance(0.5) ? "Question: Where is the \(object.name)?\nAnswer:" : "Find \(object.name):")
      passage.learn(" \(object.placeName)\n")
    case 4:
      let alike = scene.objects.filter { $0.shape == object.shape }
      passage.given("Question: Which color has the \(object.shape.rawValue)?\nAnswer:")
      passage.learn(" \(alike.map(\.paint.rawValue).joined(separator: ", "))\n")
    default:
      let alike = scene.objects.filter { $0.paint == object.paint }
      passage.given("Question: Which shape is \(object.paint.rawValue)?\nAnswer:")
      passage.learn(" \(alike.map(\.shape.rawValue).joined(separator: ", "))\n")
    }
    return passage
  }

  /// Objects in words, and how many of a kind there are: those of the kind first, then their number.
  func counting(level: Double, _ generator: inout SplitMix64) -> Passage {
    let scene = Scene(objects: generator.between(1, 2 + Int(level * 4)), &generator)
    var passage = Passage()
    passage.given("There is \(scene.listing).\n")
    for _ in 0..<generator.between(2, 4) {
      let byPaint = generator.chance(0.5)
      let paint = generator.pick(Paint.allCases)
      let shape = generator.pick(Shape.allCases)
      let alike = scene.objects.filter { byPaint ? $0.paint == paint : $0.shape == shape }
      let names = alike.map { byPaint ? $0.shape.rawValue : $0.paint.rawValue }
      passage.given("Count of \(byPaint ? paint.rawValue : shape.rawValue):")
      passage.learn(" \(names.isEmpty ? "none" : names.joined(separator: ", ")), so \(alike.count)\n")
    }
    return passage
  }
}
