import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// What Advise says of a part of a study that holds too little, and whether what it asks for would do.
@Suite struct TooLittleTests {
  private func cell(_ targets: Targets, overhead: Double, _ isRight: (Int) -> Bool, examples: Int) -> StudyCell {
    var cell = StudyDifferenceTests.cell(targets, [(0..<examples).map { isRight($0) ? 1 : 0 }])
    cell.overheadPercent = Interval(estimate: overhead, low: overhead - 1, high: overhead + 1)
    return cell
  }

  /// qkv has four of five right, o_proj as many of others but for three of each hundred.
  private func dataset(_ name: String, examples: Int) -> StudyDataset {
    StudyDataset(
      name: name, modality: .image, reasoning: false, metric: "accuracy", evaluationExamples: examples, base: nil,
      cells: [
        cell(.qkv, overhead: 9, { $0 % 5 != 0 }, examples: examples),
        cell(.oProj, overhead: 4, { $0 % 5 != 1 && ![2, 33, 64].contains($0 % 100) }, examples: examples),
      ])
  }

  private func advice(_ datasets: [StudyDataset]) -> Recommendations {
    let costs: [Targets: StudyCost] = [
      .qkv: StudyCost(unit: .overheadPercent, value: 9), .oProj: StudyCost(unit: .overheadPercent, value: 4),
    ]
    return Recommendations(StudyTable(origin: .measured, baseModel: "builtin", datasets: datasets, costs: costs))
  }

  @Test func whatIsNotToldSaysWhatWouldTell() throws {
    let card = advice([dataset("a", examples: 200)]).overall()[0]
    let line = try #require(card.missing.first { $0.contains("is not told from") })
    #expect(line.hasPrefix("o_proj is not told from qkv (-3.0 points, "))
    let asked = try #require(line.firstMatch(of: /(\d+) seeds on (\d+) examples would do/)?.output)
    let examples = try #require(Int(asked.2))
    #expect(examples > 200 && examples % 200 == 0)
    // With so many examples, and the same difference, one seed tells already.
    let told = advice([dataset("a", examples: examples)]).overall()[0]
    #expect(!told.missing.contains { $0.contains("is not told from") }, "\(told.missing)")
    #expect(told.targets == .qkv)
  }

  @Test func oneDataSetIsNoModality() throws {
    var text = dataset("t", examples: 200)
    text.modality = .text
    let study = advice([dataset("a", examples: 200), text])
    let parts = study.byPart()
    let image = try #require(parts.first { $0.scope == "image" })
    #expect(image.missing.contains("a alone speaks for this part: another data set may order combinations otherwise"))
    #expect(!study.overall()[0].missing.contains { $0.contains("alone speaks") })
    let own = try #require(parts.first { $0.scope == "a" })
    #expect(!own.missing.contains { $0.contains("alone speaks") })
  }
}
