import Recipe
import Text
import Training

/// Stands in for LLaVA-CoT: a picture, a question, and an answer in the original's four stages, of which the conclusion is scored. The base sees what
/// is where; it neither reasons in stages nor counts what it sees unasked. No scene occurs in two splits.
package struct LLaVACoTTask: BuiltinTask {
  package let name = "llava-cot"
  package let displayName = "LLaVA-CoT"
  package let metric: any Metric = ExactMatch(marker: "<CONCLUSION>", endMarker: "</CONCLUSION>")
  package let maxNewTokens = 144
  package let groupNoun: String? = "questions"
  package var version = TaskVersion.present

  private static let mostObjects = 5

  package init() {}

  package var recommendedTrainingExamples: Int { 400 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
    settings(epochs: 4, batchSize: 8, sequenceLength: 384)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    var generator = SplitMix64(seed: seed, stream: 0x77A0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    var examples: [Example] = []
    while examples.count < max(0, count) {
      let scene = Scene(objects: generator.between(2, Self.mostObjects), &generator)
      guard Self.split(of: scene) == split else { continue }
      examples.append(example(id: examples.count, on: scene, &generator))
    }
    return examples
  }

  /// A scene belongs to one split, by what it shows.
  private static func split(of scene: Scene) -> Split {
    let hash = scene.listing.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return switch (hash >> 32) % 8 {
    case 0...4: .train
    case 5: .tuning
    default: .evaluation
    }
  }

  private func example(id: Int, on scene: Scene, _ generator: inout SplitMix64) -> Example {
    let object = generator.pick(scene.objects)
    let (question, summary, reasoning, conclusion): (String, String, String, String)
    let wrong: [[String]]
    switch generator.below(4) {
    case 0:
      let paint = generator.chance(0.7) ? object.paint : generator.pick(Paint.allCases)
      let alike = scene.objects.filter { $0.paint == paint }
      question = "How many objects are \(paint.rawValue)?"
      summary = "Count of \(paint.rawValue)."
      reasoning = Self.count(paint.rawValue, alike.map(\.shape.rawValue))
      conclusion = "\(alike.count)"
      wrong = [(0...Self.mostObjects).map { "\($0)" }]
    case 1:
      let shape = generator.chance(0.7) ? object.shape : generator.pick(Shape.allCases)
      let alike = scene.objects.filter { $0.shape == shape }
      question = "How many objects are a \(shape.rawValue)?"
      summary = "Count of \(shape.rawValue)."
      reasoning = Self.count(shape.rawValue, alike.map(\.paint.rawValue))
      conclusion = "\(alike.count)"
      wrong = [(0...Self.mostObjects).map { "\($0)" }]
    case 2:
      question = "Where is the \(object.name)?"
      summary = "Find \(object.name)."
      reasoning = "Find \(object.name): \(object.placeName)"
      conclusion = object.placeName
      wrong = [Scene.places]
    default:
      question = "What is \(object.placeName)?"
      summary = "See \(object.placeName)."
      reasoning = "See \(object.placeName): \(object.name)"
      conclusion = object.name
      wrong = [
        scene.objects.map(\.name),
        Paint.allCases.map { "\($0.rawValue) \(object.shape.rawValue)" }
          + Shape.allCases.map { "\(object.paint.rawValue) \($0.rawValue)" },
      ]
    }
    return Example(
      id: id, prompt: "\(ImagePrompt.placeholder)\nQuestion: \(question)\n",
      completion: "<SUMMARY> \(summary) </SUMMARY>\n<CAPTION> \(scene.listing). </CAPTION>\n"
        + "<REASONING> \(reasoning). </REASONING>\n<CONCLUSION> \(conclusion) </CONCLUSION>",
      images: [scene.draw(&generator)], group: question, options: Self.options(conclusion, among: wrong, id: id))
  }

  /// The right answer and others of its kind, in the form in which the base answers: as many as there are places.
  private static func options(_ right: String, among kinds: [[String]], id: Int) -> AnswerOptions? {
    AnswerOptions(
      right: "Answer: \(right)", wrong: kinds.map { $0.map { "Answer: \($0)" } }, most: Scene.places.count,
      stream: 0x77A1, id: id)
  }

  /// As the base counts when it is asked to.
  private static func count(_ kind: String, _ names: [String]) -> String {
    "Count of \(kind): \(names.isEmpty ? "none" : names.joined(separator: ", ")), so \(names.count)"
  }
}
