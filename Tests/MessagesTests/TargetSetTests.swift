import Messages
import Testing

@Suite struct TargetSetTests {
  @Test func namesCellsAndDigits() {
    let set: TargetSet = [.qkv, .fc1, .fc2]
    #expect(set.label == "qkv+fc1+fc2")
    #expect(set.cells() == "Q·12")
    #expect(set.hexDigit == "D")
    #expect(set.isCombination)
    #expect(TargetSet.all.hexDigit == "F")
  }

  @Test func partOfAGroupIsNoCombination() {
    let set: TargetSet = [.qProj, .oProj]
    #expect(!set.isCombination)
    #expect(set.hexDigit == nil)
    #expect(set.cells() == "~O··")
    #expect(set.label == "q_proj+o_proj")
    #expect(TargetSet().label == "none")
  }

  @Test func fifteenDistinctCombinationsWithTheArticlesNineAmongThem() {
    #expect(TargetSet.fifteen.count == 15)
    #expect(Set(TargetSet.fifteen).count == 15)
    #expect(TargetSet.fifteen.map(\.hexDigit) == Array("123456789ABCDEF"))
    #expect(Set(TargetSet.articleNine).count == 9)
    #expect(Set(TargetSet.articleNine).isSubset(of: TargetSet.fifteen))
  }

  @Test func moduleNamesGoBothWays() {
    for set in TargetSet.fifteen { #expect(TargetSet(moduleNames: set.moduleNames) == set) }
    #expect(TargetSet(moduleNames: ["down_proj", "no_such"]) == .fc2)
  }
}
